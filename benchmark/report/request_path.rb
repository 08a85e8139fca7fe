# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # What each variant adds to a request with hot caches, cheapest first.
    class RequestPath < Table
      PART = "request_path"
      HEAD = [ "", "µs", "median", "× the floor", "objects" ].freeze
      OURS = "memory_tracker"

      def to_s
        <<~MARKDOWN
          #{table(HEAD, variants.map { |variant| row(variant) })}
          Added to a request, hot caches; first decile and median of #{@results["rounds"]} rounds, in #{@results["processes"]} processes.
          The floor is the four system calls alone; #{OURS} is #{times(ratio("floor"))} that and #{times(ratio("rack_runtime"))} Rack::Runtime.
          #{allocations}
          #{circumstances(@machine)}
        MARKDOWN
      end

      private
        def variants = @results["variants"].sort_by { |variant| variant["first_decile"] }
        def floor = variants.find { |variant| variant["key"] == "floor" }["first_decile"]
        # Found in one process each time, and therefore truer than the quotient of two rows.
        def ratio(base) = @results.dig("ratios", base, "defaults")

        def row(variant)
          name = variant["key"] == "defaults" ? "**#{variant["name"]}**" : [ variant["name"], @machine["gems"][variant["key"]] ].compact.join(" ")
          of_floor = @results.dig("ratios", "floor", variant["key"]) || (variant["first_decile"] / floor)
          [ name, figure(variant["first_decile"]), figure(variant["median"]), format("%.2f", of_floor), format("%g", variant["objects"].round(1)) ]
        end

        def allocations
          ours, scout = %w[ ours scout_apm ].map { |library| @results.dig("allocation_ns", library).then { |found| found["with"] - found["without"] } }
          format("An object that the application makes costs %+.0f ns with scout_apm's counter, %+.0f ns with %s.", scout, ours, OURS)
        end
    end
  end
end
