# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # Microseconds added at each step of each dimension.
    class CostGrowth < Table
      PART = "cost_growth"
      UNITS = { "heap" => "live objects", "resident" => "MB resident", "threads" => "requests in flight", "path" => "bytes of path" }.freeze
      NAMES = { "memory_tracker" => "memory_tracker", "plain_ruby" => "a plain Ruby tracker",
                "plain_ruby_counting" => "a plain Ruby tracker that counts objects" }.freeze

      def to_s
        rows = @results.flat_map do |dimension, steps|
          steps.map do |step|
            [ "#{whole(step["size"])} #{UNITS.fetch(dimension)}", *step["us"].values_at(*NAMES.keys).map { |us| figure(us) } ]
          end
        end
        "#{table([ "µs added at", *NAMES.values ], rows)}\n#{circumstances(@machine)}\n"
      end
    end
  end
end
