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

    # @return [String, nil] the body; nil for an answer without its beginning. Puma 8.0 empties the buffer of a client's
    #   answer (Server#process_client) after it has given the client to another thread, which may be filling it.
    def get(path)
      @socket ||= TCPSocket.new("127.0.0.1", @port)
      @socket.write("GET #{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
      head = @socket.gets("\r\n\r\n").to_s
      return close unless head.start_with?("HTTP/")
      raise WrongAnswer, "#{head} for #{path}" unless head.start_with?("HTTP/1.1 200") && head.match?(LENGTH)

      body = @socket.read(Integer(head[LENGTH, 1]))
      close if head.match?(CLOSES)
      body
    end

    def close
      @socket&.close
      @socket = nil
    end
  end
end
