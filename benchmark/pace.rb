# frozen_string_literal: true

module Bench
  # How fast the machine is at the moment, by a loop that is always the same. A machine that is shared changes
  # from second to second: at slow moments, most likely a neighbour's on the other half of the core, Ruby takes
  # 1.7 times as long and system calls 1.15 times, so that not even ratios of both are the same in another hour.
  # What is measured at such moments is therefore measured again.
  module Pace
    CLOCK = Process::CLOCK_THREAD_CPUTIME_ID
    LOOPS = 100_000
    TOLERANCE = 1.2
    SEARCH_SECONDS = ENV.fetch("QUICK", "").empty? ? 20 : 1
    PAUSE_SECONDS = 0.02
    # What a process has found, for those that it starts.
    VARIABLE = "BENCHMARK_PACE"

    module_function

    # Looks for a while how fast this machine can be.
    def search
      ends = monotonic + SEARCH_SECONDS
      while monotonic < ends
        now
        sleep PAUSE_SECONDS
      end
    end

    # Takes measurements until so many fell into moments at which the machine was as fast as it can be, or the
    # time is over.
    # @param patience [Numeric] seconds
    # @yieldparam number [Integer] of the measurement, from 0
    # @return [Array] what the block returned at the best moments
    def best(count, patience:)
      taken = []
      quiet = 0
      ends = monotonic + patience
      until quiet >= count || (taken.size >= count && monotonic > ends)
        before = now
        result = yield taken.size
        pace = [ before, now ].max
        taken << [ pace, result ]
        quiet += 1 if pace <= fastest * TOLERANCE
      end
      taken.sort_by(&:first).first(count).map(&:last)
    end

    # @return [Float] seconds
    def now
      before = Process.clock_gettime(CLOCK)
      count = 0
      count += 1 while count < LOOPS
      pace = Process.clock_gettime(CLOCK) - before
      ENV[VARIABLE] = pace.to_s if pace < fastest
      pace
    end

    def monotonic = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def fastest = ENV[VARIABLE]&.to_f || Float::INFINITY
  end
end
