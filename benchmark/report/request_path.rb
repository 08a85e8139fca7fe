# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # What each variant adds to a request with hot caches, cheapest first.
    class RequestPath < Table
      PART = "request_path"
      # So much takes longer to write than the 20 µs for which a request can take the last one's reading.
      APART_MIB = "4"
      HEAD = [ "", "µs", "median", "× the floor", "objects", "µs, #{APART_MIB} MiB between" ].freeze
      OURS = "memory_tracker"

      # @return [RequestPath, nil] with what was found on other Rubies
      def self.of(folder)
        parts = ResultFile.parts(folder).select { |part| part == PART || part.start_with?("#{PART}-") }
        reference, *others = parts.map { |part| ResultFile.read(part, folder) }
        new(reference, others) if reference
      end

      def initialize(reference, others)
        super(reference)
        @others = others
      end

      def to_s
        <<~MARKDOWN
          #{table(HEAD, variants.map { |variant| row(variant) })}
          Added to a request, back to back and hot, and where #{APART_MIB} MiB of other memory is written between two; first decile and median of #{@results["rounds"]} rounds, in #{@results["processes"]} processes.
          The floor is the four system calls beside the same request; #{OURS} is #{ratios(@results)}#{others}.
          #{allocations}
          #{circumstances(@machine)}
        MARKDOWN
      end

      private
        def variants = @results["variants"].sort_by { |variant| variant["first_decile"] }
        def floor = variants.find { |variant| variant["key"] == "floor" }["first_decile"]

        # Found in one process each time, and therefore truer than the quotient of two rows.
        def ratios(results)
          bases = %w[ floor calls rack_runtime ].map { |base| results.dig("ratios", base, "defaults") }
          format("%.2f × the floor, %.2f × what the calls take in a loop and %.1f × Rack::Runtime", *bases)
        end

        def others
          @others.map { |result| "; on Ruby #{ruby(result["machine"])} #{ratios(result["results"])}" }.join
        end

        def row(variant)
          of_floor = @results.dig("ratios", "floor", variant["key"]) || (variant["first_decile"] / floor)
          [ name(variant), figure(variant["first_decile"]), figure(variant["median"]), format("%.2f", of_floor),
            format("%g", variant["objects"].round(1)), figure(variant["cold"][APART_MIB]) ]
        end

        def name(variant)
          return "**#{variant["name"]}**" if variant["key"] == "defaults"

          [ variant["name"], @machine["gems"][variant["key"]] ].compact.join(" ")
        end

        def allocations
          ours, scout = @results["allocation_ns"].values_at("ours", "scout_apm").map { |found| found["with"] - found["without"] }
          format("An object that the application makes costs %+.0f ns with scout_apm's counter, %+.0f ns with %s.", scout, ours, OURS)
        end
    end
  end
end
