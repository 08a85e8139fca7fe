# frozen_string_literal: true

# Waits for a condition, with a deadline. Tests wait with this and never for a fixed time.
module Eventually
  POLL_SECONDS = 0.01

  class TimedOut < StandardError; end

  # @return the first truthy value of the block
  def eventually(within: 10, what: "the condition")
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + within
    until (value = yield)
      raise TimedOut, "#{what} did not come true within #{within} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

      sleep(POLL_SECONDS)
    end
    value
  end

  module_function :eventually
end
