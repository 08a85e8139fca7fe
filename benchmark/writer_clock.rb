# frozen_string_literal: true

module Bench
  # The CPU of the tracker's writer thread, by what the tracker says of it.
  module WriterClock
    # @param tracker [#stats]
    # @return [Array] what the block returned, and microseconds for each line that was written meanwhile
    def self.for_each_line(tracker)
      before = tracker.stats
      result = yield
      after = tracker.stats
      [ result, (after[:writer_cpu_ms] - before[:writer_cpu_ms]) * 1000 / (after[:lines] - before[:lines]) ]
    end
  end
end
