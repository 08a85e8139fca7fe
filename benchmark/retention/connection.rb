# frozen_string_literal: true

require "socket"

module Retention
  # One kept-alive connection. Not Net::HTTP, which would take more of the machine than the server does.
  class Connection
    class WrongAnswer < StandardError; end

    LENGTH = /^content-length: *(\d+)\r$/i
    CLOSES = /^connection: *close\r$/i

    def initialize(port)
      @port = port
    end

    # @return [String] the body
    def get(path)
      @socket ||= TCPSocket.new("127.0.0.1", @port)
      @socket.write("GET #{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
      head = @socket.gets("\r\n\r\n") or raise WrongAnswer, "no answer for #{path}"
      body = @socket.read(Integer(head[LENGTH, 1] || raise(WrongAnswer, "no length for #{path}: #{head}")))
      close if head.match?(CLOSES)
      raise WrongAnswer, "#{head.lines.first} for #{path}" unless head.start_with?("HTTP/1.1 200")

      body
    end

    def close
      @socket&.close
      @socket = nil
    end
  end
end
