# frozen_string_literal: true

require "prometheus_exporter"
require "prometheus_exporter/middleware"
require "rbconfig"
require "socket"

module Bench
  module RequestPath
    # prometheus_exporter with somebody to export to: its thread sends what requests leave in its queue to a
    # process on the loopback interface, which takes it and forgets it.
    module Exporting
      COLLECTOR = <<~'RUBY'
        require "socket"
        server = TCPServer.for_fd(3)
        loop { Thread.new(server.accept) { |socket| IO.copy_stream(socket, File::NULL) } }
      RUBY

      # Sends soon, so that nobody waits long between two turns.
      class Client < PrometheusExporter::Client
        def initialize
          super(host: "127.0.0.1", port: Exporting.collector, thread_sleep: 0.005)
        end

        def wait_until_sent
          sleep 0.001 until @queue.empty?
        end
      end

      # @return [Integer] its port
      def self.collector
        server = TCPServer.new("127.0.0.1", 0)
        pid = Process.spawn(RbConfig.ruby, "--disable=gems", "-e", COLLECTOR, 3 => server, in: File::NULL, out: File::NULL,
          unsetenv_others: true)
        at_exit { Process.kill(:TERM, pid) && Process.wait(pid) }
        server.addr[1].tap { server.close }
      end
    end
  end
end
