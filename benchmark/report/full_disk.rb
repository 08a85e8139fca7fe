# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # What requests notice of a log whose disk is full, in two sentences.
    class FullDisk < Table
      PART = "full_disk"

      def to_s
        <<~MARKDOWN
          On a Rails application under wrk, whose log's disk was full in every second round of #{@results["seconds"]} s, p99 was #{p99("room")} ms with room on
          the disk and #{p99("full")} ms without (medians of #{@results["pairs"]} rounds); neighbouring rounds differ by #{spread("ratios")},
          and two neighbours that both had room by #{spread("same")}.
          Of #{whole(@results["requests"])} requests #{whole(@results["written"])} are in the log, and it counts the other #{whole(@results["dropped"])}.
        MARKDOWN
      end

      private
        def p99(disk) = figure(@results.dig(disk, "p99_ms"))

        def spread(which)
          low, median, high = @results.dig(which, "p99_ms").map { |ratio| percent_more(ratio) }
          "#{median} (#{low} to #{high})"
        end
    end
  end
end
