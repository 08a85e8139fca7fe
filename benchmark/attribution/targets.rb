# frozen_string_literal: true

require_relative "comparison"

module Attribution
  # What the project promises of these figures, and whether this run kept it.
  class Targets
    HEAVY_THREADS = 5
    OBJECTS_THREADS = 16
    HEAVY_CLOSE = 0.95
    BYSTANDER_MEGABYTES = 1.0
    SWITCH_ADDED = 0.05

    Outcome = Struct.new(:promise, :found, :kept)

    def initialize(comparisons, switch)
      @comparisons = comparisons
      @switch = switch
    end

    def outcomes = [ *bystanders, *heavy, objects, switch ].compact

    private
      def bystanders
        @comparisons.select { |comparison| comparison.mix.bystanders? }.map do |comparison|
          idle = comparison.bystanders
          warned = idle.count(&:warned?)
          above = idle.count { |answer| answer.attributed && answer.attributed > BYSTANDER_MEGABYTES }
          blamed = idle.count(&:process_wide_warned?)
          Outcome.new("#{comparison.mix.name}: none warns, none has more than #{BYSTANDER_MEGABYTES.round} MB",
            "of #{idle.size}: #{warned} WARN, #{above} above (a process-wide difference: #{blamed} WARN)", warned.zero? && above.zero?)
        end
      end

      def heavy
        @comparisons.select { |comparison| comparison.mix.threads == HEAVY_THREADS && comparison.heavy.any? }.map do |comparison|
          answers = comparison.heavy.flat_map(&:answers)
          close = answers.count { |answer| answer.attributed && answer.close?(answer.attributed) }.fdiv(answers.size)
          missed = answers.count { |answer| answer.should_warn? && !answer.warned? }
          Outcome.new("#{comparison.mix.name}: of what keeps memory #{percent(HEAVY_CLOSE)} is within ± 5 % + 0.5 MB, no WARN is missed",
            "#{percent(close)} of #{answers.size}, #{missed} missed", close >= HEAVY_CLOSE && missed.zero?)
        end
      end

      def objects
        answers = @comparisons.select { |comparison| comparison.mix.threads == OBJECTS_THREADS }
        return if answers.empty?

        promise = "#{OBJECTS_THREADS} threads: the objects of every request are within ± #{Comparison::OBJECTS_TOLERANCE} of the oracle's"
        unless answers.all?(&:objects_per_thread?)
          return Outcome.new(promise, "Ruby #{RUBY_VERSION} tells objects of the process only", nil)
        end

        worst = answers.map { |comparison| comparison.objects.max }.max
        Outcome.new(promise, "at most #{worst} off, in #{answers.sum { |comparison| comparison.answers.size }} requests",
          worst <= Comparison::OBJECTS_TOLERANCE)
      end

      def switch
        promise = "a GVL switch costs at most #{percent(SWITCH_ADDED)} more"
        return Outcome.new(promise, "no hook on Ruby #{RUBY_VERSION}", nil) unless @switch

        Outcome.new(promise, format("%.2f µs of CPU without, %.2f µs with: %+.1f %%", @switch.without, @switch.with, @switch.added * 100),
          @switch.added <= SWITCH_ADDED)
      end

      def percent(share) = format("%g %%", (share * 100).round(1))
  end
end
