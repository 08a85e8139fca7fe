# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # The writer's thread.
    class Writer < Table
      PART = "writer"

      def to_s
        "#{table([ "the writer's thread", "" ], rows)}\n#{circumstances(@machine)}\n"
      end

      private
        def rows
          line, lag = @results.values_at("line", "lag")
          lags = lag.values_at("median_ms", "p99_ms").map { |ms| figure(ms) }.join(" / ")
          [ [ "CPU per line, 1,000 at a time", "#{figure(line["us"])} µs" ],
            *slow(line["us_at_100_a_second"]),
            [ "lines a second and core", whole(line["per_second"]) ],
            [ "bytes per line", whole(line["bytes"]) ],
            [ "from the end of a request to its line in the log, median / p99", "#{lags} ms" ],
            *held_up(@results["backpressure"]) ]
        end

        def slow(intervals)
          intervals.map { |seconds, us| [ "CPU per line, 100 a second, `flush_interval: #{seconds}`", "#{figure(us)} µs" ] }
        end

        def held_up(found)
          [ [ "into a pipe that takes 1 MB/s: requests = written + dropped",
              "#{whole(found["requests"])} = #{whole(found["written"])} + #{whole(found["dropped"])}" ],
            [ "what such a request takes of its thread, and with a free sink",
              "#{figure(found["us_held_up"])} and #{figure(found["us_free"])} µs" ] ]
        end
    end
  end
end
