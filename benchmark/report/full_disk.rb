# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # What requests notice of a log whose disk is full, in two sentences.
    class FullDisk < Table
      PART = "full_disk"

      def to_s
        <<~MARKDOWN
          On a Rails application under wrk whose log's disk was full for #{@results["seconds"]} s in every second of #{2 * @results["pairs"]} rounds, p99 was
          #{figure(@results.dig("room", "p99_ms"))} ms with room and #{figure(@results.dig("full", "p99_ms"))} ms without; pair by pair #{spread("p99_ms")}, p50 #{spread("p50_ms")}.
          Of #{whole(@results["requests"])} requests #{whole(@results["written"])} are in the log, and it counts the other #{whole(@results["dropped"])}.
        MARKDOWN
      end

      private
        def spread(key)
          low, median, high = @results.dig("ratios", key).map { |ratio| percent_more(ratio) }
          "#{median} (#{low} to #{high})"
        end
    end
  end
end
