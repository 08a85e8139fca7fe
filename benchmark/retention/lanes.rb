# frozen_string_literal: true

module Retention
  # Works on several runs at once, each in a thread.
  class Lanes
    def initialize(count, gate)
      @count = count
      @gate = gate
    end

    # Gives each outcome to the block. A run that fails is told on stderr, and the others go on.
    # @return [Integer] how many failed
    def work_on(runs)
      queue = Queue.new(runs).close
      Array.new(@count) { Thread.new { work_from(queue) { |outcome| yield outcome } } }.sum(&:value)
    end

    private
      def work_from(queue)
        failed = 0
        while (run = queue.pop)
          begin
            outcome = run.outcome(@gate)
            verdicts = outcome[:endpoints].map { |finding| finding.values_at(:verdict, :right).join(" ") }
            warn "#{run.workload.name}, seed #{run.seed}: #{verdicts.tally}"
            yield outcome
          rescue StandardError => error
            failed += 1
            warn "#{run.workload.name}, seed #{run.seed}: #{error.full_message(highlight: false)}"
          end
        end
        failed
      end
  end
end
