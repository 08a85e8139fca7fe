# frozen_string_literal: true

require_relative "pace"

module Bench
  # Rounds of requests through each of some drivers in turn, in one process, so that a slow moment of the
  # machine hits all of them. Nothing is collected while the clock runs: what its garbage costs later is
  # in nobody's figure.
  class Interleaved
    THREAD_CLOCK = Process::CLOCK_THREAD_CPUTIME_ID
    WARM_UP_ROUNDS = 5
    OBJECT_ROUNDS = 5

    # @param drivers [Hash{String => Driver}]
    # @param settle [Proc] called after each driver's turn, off the clock
    # @param touched [Integer, nil] bytes of other memory written between two requests, off the clock; nil:
    #   one request follows the other, and the clock is read only around all of them
    # @param patience [Numeric] see Pace.best
    def initialize(drivers, rounds:, requests:, settle: -> { }, touched: nil, patience:)
      @drivers = drivers
      @rounds = rounds
      @requests = requests
      @settle = settle
      @touched = touched
      @patience = patience
    end

    # @return [Hash{String => Array<Float>}] microseconds of the thread's CPU per request, one for each round
    def microseconds
      @drivers.each_value { |driver| WARM_UP_ROUNDS.times { time(driver) } }
      rounds = Pace.best(@rounds, patience: @patience) { |number| round(number) }
      @drivers.keys.to_h { |name| [ name, rounds.map { |round| round.fetch(name) } ] }
    end

    # The fewest of some rounds, for a thread of a peer may make its own objects meanwhile.
    # @return [Hash{String => Float}] objects per request
    def objects
      @drivers.transform_values do |driver|
        Array.new(OBJECT_ROUNDS) { prepared(driver) { |environments| count { driver.serve(environments) } } }.min / @requests.to_f
      end
    end

    private
      def round(number)
        @drivers.to_a.rotate(number).to_h { |name, driver| [ name, time(driver) * 1_000_000 / @requests ] }
      end

      def time(driver)
        prepared(driver) { |environments| @touched ? time_each(driver, environments) : clock { driver.serve(environments) } }
      end

      def time_each(driver, environments)
        environments.sum do |env|
          Probe.touch(@touched)
          clock { driver.answer(env) }
        end
      end

      def prepared(driver)
        environments = driver.environments(@requests)
        GC.start(full_mark: false)
        GC.disable
        yield environments
      ensure
        GC.enable
        @settle.call
      end

      def clock
        before = Process.clock_gettime(THREAD_CLOCK)
        yield
        Process.clock_gettime(THREAD_CLOCK) - before
      end

      def count
        before = GC.stat(:total_allocated_objects)
        yield
        GC.stat(:total_allocated_objects) - before
      end
  end
end
