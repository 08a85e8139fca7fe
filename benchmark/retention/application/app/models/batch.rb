# frozen_string_literal: true

# Events that are sent together once there are so many.
module Batch
  EVENTS = []
  LOCK = Mutex.new

  def self.add(size)
    LOCK.synchronize do
      EVENTS << { at: Process.clock_gettime(Process::CLOCK_MONOTONIC), name: "event #{rand(1 << 60)}" } # kept
      EVENTS.clear if EVENTS.size >= size
    end
  end
end
