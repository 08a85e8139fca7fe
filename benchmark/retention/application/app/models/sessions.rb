# frozen_string_literal: true

# Sessions in memory. Each ends after so many seconds.
module Sessions
  Session = Struct.new(:user, :basket, :ends_at)
  OPEN = []
  LOCK = Mutex.new

  def self.open(seconds:)
    now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    LOCK.synchronize do
      OPEN.shift while OPEN.any? && OPEN.first.ends_at < now
      OPEN << Session.new("user #{rand(1 << 60)}", [], now + seconds) # kept
    end
  end
end
