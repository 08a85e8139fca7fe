# frozen_string_literal: true

require "socket"

# For servers that cannot be asked to choose one themselves.
module LoopbackPort
  # @return [Integer] of the loopback interface, free a moment ago
  def self.free
    server = TCPServer.new("127.0.0.1", 0)
    server.addr[1]
  ensure
    server&.close
  end
end
