# frozen_string_literal: true

require_relative "../test_helper"
require "io/nonblock"

# Where the lines go takes no more of them for a while: requests do not wait, what does not fit is counted,
# service resumes by itself, and no reader ever sees a piece of a line. SINK_LOAD=100000 serves as many requests
# meanwhile.
class FailingSinksTest < TrackerTest
  QUEUE = 64
  LOAD = Integer(ENV.fetch("SINK_LOAD", 1_000))

  # What one request may take at most, in 99 of 100, beside anything that others do on the machine: it is
  # 0.1 ms, and one that waited for the sink would take as long as the sink fails.
  P99_SECONDS = 0.02

  LIMITED = <<~'RUBY'
    server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: ARGV[0], flush_interval: 0.01))
    Process.setrlimit(:FSIZE, 20_000, Process::RLIM_INFINITY) if ARGV[1] == "at the first request"
    server.get("/")
    Process.setrlimit(:FSIZE, 20_000, Process::RLIM_INFINITY)
    199.times { server.get("/") }
    MemoryTracker.flush(timeout: 1)
    error = MemoryTracker.stats[:sink_error]
    Process.setrlimit(:FSIZE, Process::RLIM_INFINITY, Process::RLIM_INFINITY)
    server.get("/")
    puts JSON.generate([ error, MemoryTracker.flush(timeout: 5), MemoryTracker.stats[:sink_error] ])
  RUBY

  def test_a_full_disk_under_load
    with_small_file_system(kib: 2048) do |disk|
      load = load_into(file = File.join(disk.path, "tracker.log"))
      before = load.send(500)
      assert MemoryTracker.flush(timeout: 5)
      disk.fill
      during = fail_for(load, /No space left/)
      disk.make_room
      assert_resumes(load)
      assert_unhurt(before, during)
      MemoryTracker.stop
      assert_complete(TrackerLog.new(file).lines, load.count)
    end
  end

  # Filled by the log itself, in the middle of a line.
  def test_a_disk_that_the_log_fills
    with_small_file_system(kib: 256) do |disk|
      load = load_into(file = File.join(disk.path, "tracker.log"))
      during = fail_for(load, /No space left/)
      first = File.binread(file)
      File.rename(file, moved = "#{log_path}.1") rescue FileUtils.mv(file, moved)
      assert_resumes(load)
      MemoryTracker.stop
      assert_unhurt(during, during)
      assert_equal first, File.binread(moved)
      assert_complete(TrackerLog.new(moved).lines + TrackerLog.new(file).lines, load.count)
    end
  end

  # Errors of the device: the kernel gives EIO for writing to memory where nothing is.
  def test_errors_of_the_device
    target = File.join(folder, "device")
    File.symlink("/proc/self/mem", target)
    load = load_into(target)
    during = fail_for(load, %r{Input/output error})
    File.delete(target)
    File.symlink(log_path, target)
    assert_resumes(load)
    MemoryTracker.stop
    assert_unhurt(during, during)
    assert_complete(log.lines, load.count)
  end

  # A limit on the size of files, as a quota is: its signal must not end the process.
  def test_a_log_that_must_not_grow
    assert_limit_survived("later")
  end

  # The recorder is larger than the limit too.
  def test_a_limit_from_before_the_first_request
    assert_limit_survived("at the first request")
  end

  def test_a_reader_that_stops_and_resumes
    reader, writer = IO.pipe
    writer.nonblock = false # as a shell makes its pipes
    load = load_into(writer)
    before = load.send(20)
    during = fail_for(load, /temporarily unavailable/)
    received = +""
    reading = Thread.new { received << reader.readpartial(1 << 16) while true rescue EOFError }
    assert_resumes(load)
    MemoryTracker.stop
    writer.close
    reading.join(10)
    assert_unhurt(before, during)
    assert_complete(TrackerLog.parse(received), load.count)
  ensure
    [ reader, writer ].each { |io| io&.close }
  end

  def test_a_pipe_whose_reader_is_gone
    reader, writer = IO.pipe
    load = load_into(writer)
    load.send(5)
    assert MemoryTracker.flush(timeout: 5)
    reader.close
    during = fail_for(load, /Broken pipe/)
    assert_unhurt(during, during)
  ensure
    capture_subprocess_io { MemoryTracker.stop(timeout: 0.1) }
    [ reader, writer ].each { |io| io&.close }
  end

  def test_a_log_folder_that_goes_away_and_comes_back
    home = File.join(folder, "log")
    Dir.mkdir(home)
    load = load_into(File.join(home, "tracker.log"))
    load.send(20)
    assert MemoryTracker.flush(timeout: 5)
    File.rename(home, "#{home}.gone")
    during = fail_for(load, /No such file/)
    Dir.mkdir(home)
    assert_resumes(load)
    MemoryTracker.stop
    assert_unhurt(during, during)
    lines = %W[#{home}.gone #{home}].flat_map { |each| TrackerLog.new(File.join(each, "tracker.log")).lines }
    assert_complete(lines, load.count)
  end

  def test_a_log_folder_that_appears_later
    home = File.join(folder, "later")
    load = load_into(File.join(home, "tracker.log"))
    during = fail_for(load, /No such file/)
    Dir.mkdir(home)
    assert_resumes(load)
    MemoryTracker.stop
    assert_unhurt(during, during)
    assert_complete(TrackerLog.new(File.join(home, "tracker.log")).lines, load.count)
  end

  private

  def load_into(log_file)
    tracked = MemoryTracker::Middleware.new(ok, log_file: log_file, queue_size: QUEUE, flush_interval: 0.01, flight_recorder: folder)
    SteadyLoad.new(InProcessServer.new(tracked))
  end

  # More than the queue holds, while nothing can be written. One warning is printed, whatever fails.
  def fail_for(load, reason)
    during = []
    _, errors = capture_subprocess_io do
      eventually(what: "an error") { during.concat(load.send(20)) && MemoryTracker.stats[:sink_error]&.match?(reason) }
      during.concat(load.send(LOAD))
    end
    assert_equal 1, errors.lines.size, errors
    assert_match reason, errors
    assert_operator MemoryTracker.stats[:dropped], :>, 0, "the queue was full"
    assert_equal 1, MemoryTracker.stats[:degraded].size
    during
  end

  def assert_limit_survived(at)
    environment = { "MEMORY_TRACKER_FLIGHT_RECORDER" => folder }
    error, flushed, after = ChildProcess.run!(LIMITED, arguments: [ log_path, at ], env: environment).json
    assert_equal [ "File too large", true, nil ], [ error, flushed, after ]
    assert_equal (1..201).to_a, log.requests.map { |line| line["seq"] }
  end

  def assert_resumes(load)
    eventually(what: "an empty queue") { MemoryTracker.flush(timeout: 1) }
    load.send(10)
    assert MemoryTracker.flush(timeout: 5)
    assert_equal [ nil, [] ], MemoryTracker.stats.values_at(:sink_error, :degraded)
  end

  def assert_unhurt(before, during)
    p99_before, p99_during = [ before, during ].map { |each| SteadyLoad.percentile(each, 0.99) }
    if ENV["SINK_LOAD"]
      puts format("%d requests in %.1f s, p99 %.0f µs, %.0f µs before", during.size, during.sum, p99_during * 1e6, p99_before * 1e6)
    end
    assert_operator p99_during, :<, [ P99_SECONDS, p99_before * 3 ].max
  end

  # Each request has its line or is one of those that a "dropped" line counts, where the numbers have gaps.
  def assert_complete(lines, requests)
    sequence = lines.filter_map { |line| line["seq"] }
    dropped = lines.sum { |line| line["event"] == "dropped" ? line["count"] : 0 }
    assert_operator dropped, :>, 0
    assert_equal requests, sequence.size + dropped
    assert_equal sequence.uniq, sequence
    assert_operator sequence.max, :<=, requests
    assert_equal "stopped", lines.last["event"]
    assert_equal dropped, lines.last["dropped"]
  end
end
