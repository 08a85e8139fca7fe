# frozen_string_literal: true

# Requests to a server in this process, one after the other, each timed.
class SteadyLoad
  def initialize(server)
    @server = server
    @count = 0
  end

  attr_reader :count

  # @return [Array<Float>] seconds that each took
  def send(requests, path: "/")
    Array.new(requests) do
      @count += 1
      Stopwatch.seconds { @server.get(path) }
    end
  end

  def self.percentile(seconds, share) = seconds.sort[(seconds.size * share).floor.clamp(0, seconds.size - 1)]
end
