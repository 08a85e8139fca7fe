# frozen_string_literal: true

require_relative "../test_helper"
require "io/nonblock"

# Whatever ends a process: what it recorded is in the log, or there is it after the next start, once.
# exit_test.rb looks closer at ends in order.
class EndsTest < TrackerTest
  COMMAND = [ RbConfig.ruby, "-I#{ChildProcess::LIB}", File.expand_path("../../exe/memory_tracker", __dir__) ].freeze
  REQUESTS = 50
  SLOW_SECONDS = 0.3 # of the second that an end may take

  # An end in order writes all and leaves nothing; of the others, the next start tells.
  ORDERLY = {
    "the_last_line" => "",
    "exit" => "exit 3",
    "abort" => "abort",
    "an_exception" => "$stderr.reopen(File::NULL); raise 'at top level'",
    "sigterm" => "Process.kill(:TERM, Process.pid); sleep",
    "sigint" => "Process.kill(:INT, Process.pid); sleep",
    # Whoever runs the tests may ignore it, as nohup does, and that is inherited.
    "sighup" => "trap(:HUP, 'DEFAULT'); Process.kill(:HUP, Process.pid); sleep"
  }.freeze
  SUDDEN = {
    "exit!" => "exit!(5)",
    "sigkill" => "Process.kill(:KILL, Process.pid); sleep",
    "sigquit_untrapped" => "trap(:QUIT, 'SYSTEM_DEFAULT'); Process.setrlimit(:CORE, 0); Process.kill(:QUIT, Process.pid); sleep",
    "exec" => "exec('true')",
    "a_trap_that_leaves" => "trap(:TERM) { exit!(0) }; Process.kill(:TERM, Process.pid); sleep"
  }.freeze

  ORDERLY.each do |name, ending|
    define_method("test_#{name}") do
      ended = end_by(ending)
      assert_equal (1..REQUESTS).to_a, sequence_of(ended.pid), "in the log before anybody else starts"
      start_again
      assert_equal (1..REQUESTS).to_a, sequence_of(ended.pid)
      assert_empty log.events("worker_died")
    end
  end

  SUDDEN.each do |name, ending|
    define_method("test_#{name}") do
      ended = end_by(ending)
      assert_empty sequence_of(ended.pid), "the test would prove nothing"
      start_again
      assert_equal (1..REQUESTS).to_a, sequence_of(ended.pid)
      assert_equal [ [ ended.pid, REQUESTS, 0, [] ] ],
                   log.events("worker_died").map { |line| line.values_at("pid", "last_seq", "dropped", "in_flight") }
    end
  end

  def test_requests_in_flight_at_a_sudden_end_are_named
    hanging = "Array.new(3) { |number| hang(\"/hangs/\#{number}\") }\nsleep"
    victim = Victim.with_unwritten(folder, log: log_path, ending: hanging)
    3.times { victim.hear("in flight") }
    victim.kill
    start_again
    named = log.events("worker_died").flat_map { |line| line["in_flight"] }
    assert_equal %w[/hangs/0 /hangs/1 /hangs/2], named.map { |request| request["url"] }.sort
  end

  def test_requests_in_flight_at_an_end_in_order_do_not_hold_it
    victim = Victim.with_unwritten(folder, log: log_path, ending: "hang('/hangs')\nsleep")
    victim.hear("in flight")
    victim.kill(:TERM)
    assert_equal (1..REQUESTS).to_a, sequence_of(victim.pid).first(REQUESTS)
  end

  # Twice the pipe's room is written by the end: what the pipe took is whole lines, the next start has the rest.
  def test_a_sink_that_hangs_at_the_end
    reader, writer = IO.pipe
    writer.nonblock = false # as a shell makes its pipes
    assert_operator serve_into(writer, requests: 300), :<, 4, "about a second more than it takes by itself"
    in_pipe = TrackerLog.parse(rest_of(reader)).select { |line| line["event"] == "request" }.map { |line| line["seq"] }
    assert_operator in_pipe.size, :<, 300
    rest = ChildProcess.command([ *COMMAND, "recover", folder ])
    recovered = TrackerLog.parse(rest.out).select { |line| line["event"] == "request" }.map { |line| line["seq"] }
    assert_equal (1..300).to_a, in_pipe + recovered
  ensure
    reader&.close
  end

  # A log shipper that is busy elsewhere for a moment: the end waits for it, within its second.
  def test_a_sink_that_is_slow_at_the_end
    reader, writer = IO.pipe
    writer.nonblock = false
    late = nil
    serve_into(writer, requests: 300) { late = Thread.new { sleep(SLOW_SECONDS); reader.read } }
    told = TrackerLog.parse(late.join(10).value)
    assert_equal (1..300).to_a, told.select { |line| line["event"] == "request" }.map { |line| line["seq"] }
    assert_equal "stopped", told.last["event"]
    assert_empty RecorderFolder.new(folder).recorders
  ensure
    reader&.close
  end

  def test_a_closed_pipe_at_the_end
    reader, writer = IO.pipe
    reader.close
    assert_operator serve_into(writer, requests: 10), :<, 5
    rest = ChildProcess.command([ *COMMAND, "recover", folder ])
    assert_equal 10, TrackerLog.parse(rest.out).count { |line| line["event"] == "request" }
  end

  private

  def sequence_of(pid) = log.requests.select { |line| line["pid"] == pid }.map { |line| line["seq"] }

  def end_by(ending)
    Victim.with_unwritten(folder, log: log_path, requests: REQUESTS, ending: ending).tap(&:wait)
  end

  # The next process of the application, which ends in order.
  def start_again
    victim = Victim.new(folder, log: log_path, script: "serve\nMemoryTracker.flush(timeout: 10)")
    assert_predicate victim.wait, :success?, victim.errors
    assert_empty victim.errors
    assert_empty RecorderFolder.new(folder).recorders
  end

  # @return [Float] seconds that the process took to end
  def serve_into(pipe, requests:)
    script = <<~RUBY
      server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: $stdout, queue_size: 1024))
      #{requests}.times { server.get("/fill/the/pipe") }
      $stderr.write("served")
    RUBY
    said, err = IO.pipe
    pid = Process.spawn({ "MEMORY_TRACKER_FLIGHT_RECORDER" => folder }, RbConfig.ruby, "-e", ChildProcess::PREAMBLE + script,
                        out: pipe, err: err)
    [ pipe, err ].each(&:close)
    assert said.wait_readable(20), "it served"
    yield if block_given?
    served = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    eventually(within: 10, what: "the end of the child") { Process.wait(pid, Process::WNOHANG) }
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - served
  ensure
    said&.close
  end
end
