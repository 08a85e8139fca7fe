# frozen_string_literal: true

require_relative "../test_helper"

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
    # Its recorders stay, see FalconServer.
    environment = { "LOG" => log_path, "MEMORY_TRACKER_FLIGHT_RECORDER" => folder }
    FalconServer.open(RACKUP, folder: folder, env: environment) do |server|
      threads = Array.new(4) do |number|
        Thread.new do
          seconds = Stopwatch.seconds { assert_equal "answer to /slow", server.client.get("/slow").body }
          assert_equal "answer to /fast/#{number}", server.client.get("/fast/#{number}").body
          seconds
        end
      end
      @slowest = threads.map(&:value).max
      eventually(what: "eight lines") { log.requests.size >= 8 }
    end
    lines = log.requests
    assert_equal 8, lines.size
    lines.group_by { |line| line["pid"] }.each_value { |own| assert_equal (1..own.size).to_a, own.map { |line| line["seq"] }.sort }
    slow = lines.select { |line| line["url"] == "/slow" }
    assert_equal 4, slow.size
    slow.each { |line| assert_includes 0.19..@slowest, line["request_time"] }
  end
end
