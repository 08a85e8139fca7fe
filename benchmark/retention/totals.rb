# frozen_string_literal: true

module Retention
  # What all runs come to.
  class Totals
    def initialize(runs)
      @runs = runs
      @findings = runs.flat_map { |run| run["endpoints"] }
    end

    # @return [Array<Array>] what, how many, of how many, share
    def rows
      [ row("runs in which every verdict is right", @runs) { |run| run["endpoints"].none? { |finding| finding["right"] == false } },
        row("verdicts of endpoints that are right", @findings.reject { |finding| finding["right"].nil? }) { |finding| finding["right"] },
        row("endpoints without a leak that were ever called leaking", @findings.reject { |finding|
 leak?(finding) }) { |finding| finding["blamed"] },
        row("leaks whose kept objects are within the 95 % interval", leaks) { |finding| finding["within"] },
        row("clean endpoints whose interval holds 0", clean) { |finding| finding["within"] },
        row("leaks whose line is named", leaks) { |finding| finding["line_right"] },
        row("the last line of the log says what the report says", logged) { |finding| finding["logged"].last == finding["verdict"] },
        row("endpoints of which nothing could be known, by too few samples", @findings) { |finding| finding["right"].nil? } ]
    end

    private
      def leak?(finding) = finding["truth"] == "leaking"
      def leaks = @findings.select { |finding| leak?(finding) }
      def clean = @findings.select { |finding| finding["truth"] == "clean" && !finding["within"].nil? }
      def logged = @findings.select { |finding| finding["samples"].positive? }

      def row(what, all, &is)
        count = all.count(&is)
        [ what, count, all.size, all.empty? ? "" : format("%.1f %%", 100.0 * count / all.size) ]
      end
  end
end
