# frozen_string_literal: true

require_relative "order"

module Attribution
  # Requests that a server of its own gets from so many connections at once.
  #
  # orders:: what the connections share out among them
  # beside:: heavy requests of a bystander mix, spread evenly over the time that the orders take
  # collecting:: false: the server stops its collector first, which makes the truth of small pieces known
  class Mix
    PAUSES = %w[ none sleep socket sqlite zlib gc ].freeze
    WITHOUT_COLLECTOR = (PAUSES - %w[ gc ]).freeze
    # Collections stop all threads, so among thousands of requests few ask for one.
    SELDOM_COLLECTING = (WITHOUT_COLLECTOR * 8 + %w[ gc ]).freeze
    BYSTANDERS = 10_000
    # The same requests in the same order at every run.
    SEED = 4

    attr_reader :name, :threads, :orders, :beside

    class << self
      # @param effort [Float] 1.0: as many requests as the published table has
      def all(effort = 1.0)
        scale = ->(count) { [ (count * effort).ceil, 1 ].max }
        [ 1, 5, 16 ].flat_map { |threads| [ large(threads, scale), small(threads, scale) ] } +
          [ forking(5, scale), bystanders(5, scale), bystanders(16, scale) ]
      end

      private
        def large(threads, scale)
          wanted = { [ "keep", "large", 0 ] => 100, [ "keep", "large", 1 ] => 40, [ "keep", "large", 8 ] => 40,
                     [ "keep", "large", 50 ] => 20, [ "keep", "read", 8 ] => 20,
                     [ "release", "large", 1 ] => 10, [ "release", "large", 8 ] => 10, [ "release", "large", 50 ] => 10,
                     [ "drop", "large", 8 ] => 10, [ "drop", "large", 50 ] => 10, [ "drop", "tiny", 8 ] => 10 }
          new("#{threads} threads, large pieces, the GC runs", threads, orders(wanted, PAUSES, scale))
        end

        def small(threads, scale)
          wanted = { [ "keep", "small", 0 ] => 100, [ "keep", "small", 1 ] => 40, [ "keep", "small", 8 ] => 30,
                     [ "keep", "small", 50 ] => 8, [ "keep", "tiny", 1 ] => 20, [ "keep", "tiny", 8 ] => 15,
                     [ "keep", "tiny", 50 ] => 4, [ "release", "large", 8 ] => 10, [ "release", "large", 50 ] => 5 }
          new("#{threads} threads, small pieces, the GC stopped", threads, orders(wanted, WITHOUT_COLLECTOR, scale), collecting: false)
        end

        def forking(threads, scale)
          wanted = { [ "keep", "large", 0 ] => 150, [ "keep", "large", 1 ] => 40, [ "keep", "large", 8 ] => 40,
                     [ "keep", "large", 50 ] => 15, [ "release", "large", 8 ] => 10, [ "release", "large", 50 ] => 10,
                     [ "drop", "tiny", 8 ] => 20 }
          new("#{threads} threads, every sixth request forks", threads, orders(wanted, PAUSES - %w[ zlib ] + %w[ fork ], scale))
        end

        def bystanders(threads, scale)
          heavy = { [ "keep", "large", 8 ] => 40, [ "keep", "large", 50 ] => 25, [ "release", "large", 50 ] => 40,
                    [ "drop", "large", 50 ] => 20, [ "drop", "small", 50 ] => 20 }
          idle = orders({ [ "keep", "large", 0 ] => BYSTANDERS }, SELDOM_COLLECTING, scale)
          new("bystanders, #{threads} threads", threads, idle, beside: orders(heavy, PAUSES, scale, after: idle.size))
        end

        def orders(wanted, pauses, scale, after: 0)
          all = wanted.flat_map do |(deed, pieces, megabytes), count|
            Array.new(scale.call(count)) { |index| Order.new(deed, pieces, megabytes, pauses[index % pauses.size]) }
          end
          all.shuffle(random: Random.new(SEED)).each.with_index(after + 1) { |order, number| order.number = number }
        end
    end

    def initialize(name, threads, orders, beside: [], collecting: true)
      @name = name.sub(/\A1 threads/, "1 thread")
      @threads = threads
      @orders = orders
      @beside = beside
      @collecting = collecting
    end

    def collecting? = @collecting
    def bystanders? = beside.any?
    def all_orders = orders + beside

    # Beside bystanders small garbage is left to the collector, and kept pieces may come out of it. There
    # only the bystanders are judged.
    def truth_of?(order) = !bystanders? || order.keeps_nothing?

    # What every connection sends first, so that no request of the mix pays for a library, a connection
    # or a thread's first stack. Numbers from the end of what the workload has room for.
    def warm_up
      Array.new(threads * 2 * PAUSES.size) do |index|
        pause = PAUSES[index % PAUSES.size]
        Order.new("keep", "large", 0, pause, Workload::MOST_REQUESTS - 1 - index)
      end
    end
  end
end
