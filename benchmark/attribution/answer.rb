# frozen_string_literal: true

require_relative "order"
require_relative "server"

module Attribution
  # One request's line in the log, beside what was asked for and what the oracle counted.
  class Answer
    # What is within reach of a figure in pages, as the project promises it.
    RELATIVE_TOLERANCE = 0.05
    TOLERANCE_MEGABYTES = 0.5

    attr_reader :order, :line

    # @param judged [Boolean] false: in this mix nobody knows the truth
    def initialize(order, line, counted, judged: true)
      @order = order
      @line = line
      @counted = counted
      @judged = judged
    end

    def label = order.label

    # MB, nil where there is no truth, see Order#growth_bytes and Mix#truth_of?
    def truth = @judged ? order.growth_bytes&.fdiv(MEGABYTE) : nil

    # The tracker's, and what the difference of two readings of the process says.
    # @return [Float, nil] MB
    def attributed = line["attributed_growth"]
    def process_wide = line["memory_growth"]

    def growth_error(figure) = (figure - truth).abs
    def close?(figure) = growth_error(figure) <= truth * RELATIVE_TOLERANCE + TOLERANCE_MEGABYTES

    def should_warn? = truth > Server::THRESHOLD_MEGABYTES
    def warned? = line["level"] == "WARN"
    def process_wide_warned? = process_wide > Server::THRESHOLD_MEGABYTES

    def objects_error = (line["allocated_objects"] - @counted).abs
    def objects_scope = line["allocations_scope"]

    def process_wide_objects_error
      before, after = line.values_at("gc_stats_before", "gc_stats_after").map { |stats| stats.fetch("total_allocated_objects") }
      (after - before - @counted).abs
    end

    # What the oracle saw beyond the pieces: the request's own frame, and its pauses.
    def beyond_the_workload = @counted - order.objects
  end
end
