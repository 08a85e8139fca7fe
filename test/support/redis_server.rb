# frozen_string_literal: true

require_relative "loopback_port"
require_relative "server_process"

# Debian's redis-server on a free loopback port, with nothing of it kept.
class RedisServer < ServerProcess
  def self.installed? = ENV.fetch("PATH").split(File::PATH_SEPARATOR).any? { |folder| File.executable?(File.join(folder, "redis-server")) }

  def initialize(folder)
    port = LoopbackPort.free
    super([ "redis-server", "--bind", "127.0.0.1", "--port", port.to_s, "--save", "", "--appendonly", "no", "--dir", folder ],
          env: {}, chdir: folder, port: port)
  end

  def url = "redis://127.0.0.1:#{port}/0"
end
