# frozen_string_literal: true

module Retention
  # What was said of one endpoint in one run, beside the truth.
  class Finding
    # @param report [Hash, nil] of the tracker; nil: it has none
    # @param lines [Array<Hash>] the log
    # @param kept [Float, nil] objects that a request keeps; nil: not the same for all
    # @param expected_samples [Numeric, nil] see Workload
    def initialize(endpoint, report, lines, kept:, expected_samples:)
      @endpoint = endpoint
      @report = report || { "verdict" => "unknown", "samples" => 0, "sites" => [] }
      @logged = lines.select { |line| line["event"] == "retention" && line["endpoint"] == endpoint.name }
      @requests = lines.each_with_index.select { |line, _| line["event"] == "request" }.map(&:last)
      @lines = lines
      @kept = kept
      @expected_samples = expected_samples
    end

    def to_h
      { endpoint: @endpoint.name, share: @endpoint.share.round(4), truth: @endpoint.truth, verdict: verdict, logged: logged_verdicts,
        right: right?, samples: @report["samples"], samples_needed: @report["samples_needed"], kept_truth: @kept,
        kept: @report["kept_objects"], kept_bytes: @report["kept_bytes"], within: within?, site: site, line_right: line_right?,
        blamed: blamed?, named_after: named_after }.compact
    end

    private
      def verdict = @report["verdict"]
      def logged_verdicts = @logged.map { |line| line["verdict"] }.chunk_while { |a, b| a == b }.map(&:first)

      # "unknown" where too few samples were possible is neither right nor wrong: nil.
      def right?
        return true if @endpoint.verdicts.include?(verdict)

        false unless verdict == "unknown" && (@expected_samples || @report["samples"]) < @endpoint.fewest_samples
      end

      # Only where the same is kept by each request; an interval from 0 holds the 0 of clean ones anyhow.
      def within?
        kept = @report["kept_objects"]
        # Half of a hundredth, to which the truth is rounded.
        @kept.between?(kept["low"] - 0.005, kept["high"] + 0.005) if @kept && kept
      end

      def site = @report["sites"].first&.slice("class", "location", "share")
      def line_right? = (@endpoint.lines.include?(site&.fetch("location")) if @endpoint.leaking?)

      # Called leaking at any time, by the log or at the end, without being so.
      def blamed? = !@endpoint.leaking? && [ verdict, *logged_verdicts ].include?("leaking")

      # Requests that the log has before the line that names the leak.
      def named_after
        return unless @endpoint.leaking?

        first = @lines.index { |line| line["event"] == "retention" && line["endpoint"] == @endpoint.name && line["verdict"] == "leaking" }
        @requests.bsearch_index { |index| index > first } || @requests.size if first
      end
  end
end
