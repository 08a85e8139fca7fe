# frozen_string_literal: true

require_relative "../test_helper"
require "socket"

# Falcon serves each request in a fiber of one thread and offers `rack.response_finished`.
class FalconTest < TrackerTest
  RACKUP = <<~'RUBY'
    require "memory_tracker"
    use MemoryTracker::Middleware, log_file: ENV.fetch("LOG")
    run(lambda do |env|
      sleep(0.2) if env["PATH_INFO"] == "/slow"
      [ 200, {}, [ "answer to ", env["PATH_INFO"] ] ]
    end)
  RUBY

  def test_requests_of_many_fibers
    skip "falcon is not in this bundle" unless falcon
    rackup = File.join(folder, "config.ru")
    File.write(rackup, RACKUP)
    port = free_port
    # Falcon ends its workers without at_exit, so that their recorders stay.
    environment = { "LOG" => log_path, "MEMORY_TRACKER_FLIGHT_RECORDER" => folder, "RUBYLIB" => ChildProcess::RUBYLIB }
    ServerProcess.open(command(port, rackup), env: environment, chdir: folder, port: port) do |server|
      threads = Array.new(4) do |number|
        Thread.new { [ "/slow", "/fast/#{number}" ].each { |path| assert_equal "answer to #{path}", server.client.get(path).body } }
      end
      threads.each(&:join)
      eventually(what: "eight lines") { log.requests.size >= 8 }
    end
    lines = log.requests
    assert_equal 8, lines.size
    lines.group_by { |line| line["pid"] }.each_value { |own| assert_equal (1..own.size).to_a, own.map { |line| line["seq"] }.sort }
    slow = lines.select { |line| line["url"] == "/slow" }
    assert_equal 4, slow.size
    slow.each { |line| assert_in_delta 0.2, line["request_time"], 0.15 }
  end

  private

  def falcon
    Gem.bin_path("falcon", "falcon")
  rescue Gem::Exception, LoadError
    nil
  end

  def command(port, rackup)
    [ RbConfig.ruby, falcon, "serve", "--bind", "http://127.0.0.1:#{port}", "--count", "1", "--config", rackup ]
  end

  def free_port
    server = TCPServer.new("127.0.0.1", 0)
    server.addr[1]
  ensure
    server&.close
  end
end
