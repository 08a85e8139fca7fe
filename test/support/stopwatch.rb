# frozen_string_literal: true

module Stopwatch
  # @return [Float] seconds that the block took
  def self.seconds
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - began
  end
end
