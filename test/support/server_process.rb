# frozen_string_literal: true

require "rbconfig"
require "socket"
require "tempfile"
require_relative "eventually"

# A server in a child process: started, waited for until it says where it listens, ended by its pid, and
# killed by it when it does not end in time.
class ServerProcess
  include Eventually

  # A subclass that takes longer has its own.
  BOOT_SECONDS = 40
  END_SECONDS = 15

  class DidNotBoot < StandardError; end

  def self.open(...)
    server = new(...)
    yield server
  ensure
    server&.stop
  end

  attr_reader :pid, :port, :status

  # @param announces_port [Regexp, nil] finds the port in what the server prints; nil: the port is given
  def initialize(command, env:, chdir:, announces_port: nil, port: nil)
    @printed = Tempfile.new("server")
    @errors = Tempfile.new("server-errors")
    @pid = Process.spawn(env, *command, chdir: chdir, out: @printed.path, err: @errors.path, in: File::NULL, pgroup: true)
    @port = port
    announces_port ? wait_for_announcement(announces_port) : wait_for_connection
  rescue StandardError
    stop
    raise
  end

  def client = HttpClient.new(port)
  def output = File.read(@printed.path)
  def errors = File.read(@errors.path)

  # Ends the server the polite way.
  # @return [Process::Status]
  def stop(signal = :TERM)
    return status if status

    Process.kill(signal, pid)
    eventually(within: self.class::END_SECONDS, what: "the end of server #{pid}") { ended? }
    status
  rescue Eventually::TimedOut
    Process.kill(:KILL, pid)
    _, @status = Process.wait2(pid)
    raise
  end

  private

  def ended?
    return true if status

    _, ended = Process.wait2(pid, Process::WNOHANG)
    @status = ended if ended
  end

  def wait_for_announcement(pattern)
    @port = eventually(within: self.class::BOOT_SECONDS, what: "boot of the server") { died! || output[pattern, 1]&.to_i }
  end

  def wait_for_connection
    eventually(within: self.class::BOOT_SECONDS, what: "boot of the server") { died! || connectable? }
  end

  def connectable?
    TCPSocket.new("127.0.0.1", port).close
    true
  rescue Errno::ECONNREFUSED
    false
  end

  def died!
    raise DidNotBoot, "#{status.inspect}\n#{output}\n#{errors}" if ended?
  end
end
