# frozen_string_literal: true

require_relative "answer"

module Attribution
  # How far the figures of some requests lie from the truth, and how many of them drew the right warning.
  Verdict = Struct.new(:median, :p95, :max, :close, :right, :missed, :false, keyword_init: true)

  # Median, 95th percentile and largest of some figures.
  Spread = Struct.new(:median, :p95, :max) do
    def self.of(values)
      sorted = values.sort
      new(*[ 0.5, 0.95, 1 ].map { |share| sorted[((sorted.size - 1) * share).round] })
    end
  end

  # Requests of one mix that did the same: what the tracker said of them, and what the difference of two
  # readings of the process would have.
  class Kind
    attr_reader :label, :answers

    def initialize(label, answers)
      @label = label
      @answers = answers
    end

    def count = answers.size
    def truth = answers.first.truth
    def judged? = !truth.nil?
    def heavy? = answers.first.order.heavy?

    def unknown = answers.count { |answer| answer.attributed.nil? }
    def ours = @ours ||= judge(:attributed, :warned?)
    def process_wide = @process_wide ||= judge(:process_wide, :process_wide_warned?)

    # For those without a truth: the figures themselves.
    def figures = Spread.of(answers.filter_map(&:attributed))
    def warnings = answers.count(&:warned?)

    private
      # A figure that is absent is no error, but it is not close either.
      def judge(figure, warned)
        known = answers.select(&figure)
        spread = Spread.of(known.map { |answer| answer.growth_error(answer.public_send(figure)) })
        warnings = answers.map { |answer| [ answer.should_warn?, answer.public_send(warned) ] }.tally
        Verdict.new(**spread.to_h, close: known.count { |answer| answer.close?(answer.public_send(figure)) }.fdiv(count),
          right: warnings.fetch([ true, true ], 0), missed: warnings.fetch([ true, false ], 0), false: warnings.fetch([ false, true ], 0))
      end
  end

  # All that is to be said of one mix.
  class Comparison
    OBJECTS_TOLERANCE = 20

    attr_reader :mix, :answers, :seconds, :peak

    def initialize(measurement)
      @mix = measurement.mix
      @answers = measurement.answers
      @seconds = measurement.seconds
      @peak = measurement.peak
    end

    def kinds
      @kinds ||= answers.group_by(&:label).sort_by { |label, same| [ same.first.order.deed, same.first.truth || 0, label ] }
        .map { |label, same| Kind.new(label, same) }
    end

    def overlapping = answers.count { |answer| answer.line["scope"] == "shared" }
    def heavy = kinds.select { |kind| kind.heavy? && kind.judged? }
    def bystanders = answers.select { |answer| answer.order.keeps_nothing? }

    def objects_scopes = answers.map(&:objects_scope).uniq.sort
    def objects_per_thread? = objects_scopes == %w[ thread ]
    def objects = Spread.of(answers.map(&:objects_error))
    def process_wide_objects = Spread.of(answers.map(&:process_wide_objects_error))
    def objects_close = answers.count { |answer| answer.objects_error <= OBJECTS_TOLERANCE }.fdiv(answers.size)
    def process_wide_objects_close = answers.count { |answer| answer.process_wide_objects_error <= OBJECTS_TOLERANCE }.fdiv(answers.size)

    # What the oracle counted beyond the pieces that the workload knows it made: the fewest and the most.
    def beyond_the_workload = answers.map(&:beyond_the_workload).minmax
  end
end
