# frozen_string_literal: true

require "json"
require_relative "object_oracle"
require_relative "order"
require_relative "pauses"

module Attribution
  # The Rack application: does what the path says, and counts the objects of each request with the oracle.
  #
  # The oracle looks from right within the tracker's start to right after its end, since servers call
  # rack.response_finished from the last to the first; nothing but the tracker itself lies between.
  class Workload
    TEXT = { "content-type" => "text/plain" }.freeze
    DONE = [ "ok" ].freeze
    # Requests are numbered from 1 and the counts stand ready, since what a list grows by is no request's.
    MOST_REQUESTS = 32_768
    BALLAST_STRINGS = 4_000

    def initialize(pauses, oracle)
      @pauses = pauses
      @oracle = oracle
      @kept = Array.new(MOST_REQUESTS)
      @objects = Array.new(MOST_REQUESTS)
    end

    def call(env)
      before = @oracle.count
      path = env["PATH_INFO"]
      order = Order.parse(path)
      return control(path) unless order

      env["rack.response_finished"] << ->(*) { @objects[order.number] = @oracle.count - before }
      carry_out(order)
      [ 200, TEXT, DONE ]
    end

    private
      def control(path)
        case path
        when "/settle" then settle
        when "/objects" then return [ 200, TEXT, [ JSON.generate(@objects) ] ]
        end
        [ 200, TEXT, DONE ]
      end

      def carry_out(order)
        return @pauses.take(order.pause) if order.keeps_nothing?

        pieces = make(order)
        @pauses.take(order.pause)
        case order.deed
        when "keep" then @kept[order.number] = pieces
        when "release" then pieces.each(&:clear)
        end
      end

      def make(order)
        stuff = order.stuff
        pieces = Array.new(order.count)
        pieces.each_index do |index|
          @pauses.take(order.pause) if index == pieces.size / 2
          pieces[index] = stuff.make
        end
      end

      # Fills up what the process has free, slots and malloc's, and stops the collector: from here on all
      # that is made is new.
      def settle
        GC.start
        GC.disable
        free = GC.stat(:heap_free_slots)
        @ballast = Array.new(free) { Object.new }.concat(Array.new(BALLAST_STRINGS) { "x" * Pieces::Small::LENGTH })
      end
  end
end
