# frozen_string_literal: true

require_relative "../test_helper"
require "io/nonblock"

# However a process ends in order, what was recorded before is in the log.
class ExitTest < TrackerTest
  PREPARE = <<~'RUBY'
    server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: ARGV[0], flush_interval: 60, queue_size: 256))
    50.times { server.get("/") }
  RUBY

  ENDINGS = {
    "by_the_last_line" => [ "", 0 ],
    "by_exit" => [ "exit 3", 3 ],
    "by_abort" => [ "abort", 1 ],
    "by_an_exception" => [ "raise 'at top level'", 1 ],
    "by_exit_in_a_thread" => [ "Thread.new { exit 4 }.join", 4 ],
    "by_sigterm" => [ "Process.kill(:TERM, Process.pid); Queue.new.pop", :TERM ],
    "by_sigint" => [ "Process.kill(:INT, Process.pid); Queue.new.pop", :INT ]
  }.freeze

  ENDINGS.each do |name, (ending, expected)|
    define_method("test_an_end_#{name}") do
      result = ChildProcess.run(ChildProcess::PREAMBLE + PREPARE + ending, arguments: [ log_path ])
      ended = result.status.signaled? ? Signal.signame(result.status.termsig).to_sym : result.status.exitstatus
      assert_equal expected, ended, result.err
      assert_equal (1..50).to_a, log.requests.map { |line| line["seq"] }
      assert_equal "stopped", log.lines.last["event"]
      assert_empty Dir.glob("/dev/shm/memory_tracker-*/*-#{result.pid}-*.flight"), "an orderly end leaves nothing behind"
    end
  end

  def test_requests_in_other_peoples_at_exit_are_recorded
    ChildProcess.run!("at_exit { server.get('/last') }\n".then { |late| PREPARE + late }, arguments: [ log_path ])
    assert_operator log.requests.size, :>=, 50
    TrackerLog.parse(log.bytes)
  end

  def test_a_hung_sink_holds_the_exit_for_about_a_second
    reader, writer = IO.pipe
    writer.nonblock = false # as a shell makes its pipes
    script = ChildProcess::PREAMBLE + <<~'RUBY'
      server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: $stdout, queue_size: 4096))
      3_000.times { server.get("/fill/the/pipe") }
    RUBY
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    pid = Process.spawn({ "MEMORY_TRACKER_FLIGHT_RECORDER" => folder }, RbConfig.ruby, "-e", script, out: writer, err: File::NULL)
    writer.close
    eventually(within: 10, what: "the end of the child") { Process.wait(pid, Process::WNOHANG) }
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - started, :<, 6
  ensure
    reader&.close
  end

  def test_a_child_forked_in_a_request_ends_without_lines_of_its_parent
    script = <<~'RUBY'
      application = lambda do |env|
        Process.wait(fork { nil }) if env["PATH_INFO"] == "/forks"
        Process.wait(fork { exit!(0) }) if env["PATH_INFO"] == "/forks!"
        system("true") if env["PATH_INFO"] == "/system"
        [ 200, {}, [ "ok" ] ]
      end
      server = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: ARGV[0], flush_interval: 60))
      %w[/first /forks /forks! /system /last].each { |path| server.get(path) }
    RUBY
    result = ChildProcess.run!(script, arguments: [ log_path ])
    assert_equal %w[/first /forks /forks! /system /last], log.requests.map { |line| line["url"] }
    assert_equal [ result.pid ], log.lines.map { |line| line["pid"] }.uniq
  end
end
