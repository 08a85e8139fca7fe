# frozen_string_literal: true

require_relative "connection"

module Retention
  # Sends requests over as many connections as the server has threads.
  class Traffic
    def initialize(port, connections:)
      @port = port
      @connections = connections
    end

    # @param pace [Numeric, nil] requests a second
    # @return [Integer] answers that came without their beginning
    def send_all(paths, pace: nil)
      queue = Queue.new(paths.each_with_index.to_a).close
      started = now
      threads = Array.new(@connections) do
        Thread.new do
          Thread.current.report_on_exception = false
          count_spoiled(queue) { |index| wait_until(started + index.fdiv(pace)) if pace }
        end
      end
      threads.sum(&:value)
    end

    private
      def count_spoiled(queue)
        connection = Connection.new(@port)
        spoiled = 0
        while (path, index = queue.pop)
          yield index
          spoiled += 1 unless connection.get(path)
        end
        spoiled
      ensure
        connection.close
      end

      def wait_until(time)
        pause = time - now
        sleep pause if pause.positive?
      end

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
