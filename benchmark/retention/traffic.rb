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
    def send_all(paths, pace: nil)
      queue = Queue.new(paths.each_with_index.to_a).close
      started = now
      threads = Array.new(@connections) do
        Thread.new { each_from(queue) { |connection, path, index| connection.get(path) if wait_until(pace && started + index.fdiv(pace)) } }
      end
      threads.each { |thread| thread.report_on_exception = false }
      threads.each(&:value)
    end

    private
      def each_from(queue)
        connection = Connection.new(@port)
        while (path, index = queue.pop)
          yield connection, path, index
        end
      ensure
        connection.close
      end

      def wait_until(time)
        pause = time ? time - now : 0
        sleep pause if pause.positive?
        true
      end

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
