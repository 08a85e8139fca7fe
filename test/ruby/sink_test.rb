# frozen_string_literal: true

require_relative "../test_helper"

# Where the lines go, and what happens when they cannot go there: the application serves, one warning is
# printed, stats shows it.
class SinkTest < TrackerTest
  SCRIPT = <<~'RUBY'
    log_file, as_nobody = ARGV
    log_file = { "stdout" => :stdout, "stderr" => :stderr }.fetch(log_file, log_file)
    if as_nobody == "true"
      # Loaded before, so that folders only root may read do not matter.
      Process::Sys.setgid(65_534)
      Process::Sys.setuid(65_534)
    end
    application = ->(_env) { [ 200, {}, [ "served" ] ] }
    server = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: log_file, flush_interval: 0.01))
    answers = Array.new(2) do
      text = server.get("/").text
      MemoryTracker.flush(timeout: 0.5)
      text
    end
    stats = MemoryTracker.stats
    File.write(ENV.fetch("REPORT"), JSON.generate(answers: answers, **stats.slice(:sink, :sink_error, :degraded, :requests))) if ENV["REPORT"]
    MemoryTracker.stop
  RUBY

  def test_a_path
    serving(ok).get("/")
    assert_equal 1, flushed_requests.size
    assert_equal Process.euid, File.stat(log_path).uid
  end

  def test_lines_are_added_to_what_is_there
    File.write(log_path, "#{JSON.generate(time: "2020-01-01T00:00:00.000000Z", level: "INFO", event: "request", schema: 1, pid: 1)}\n")
    serving(ok).get("/")
    assert_equal 2, flushed_requests.size
  end

  def test_stdout_and_stderr
    result = ChildProcess.run!(SCRIPT, arguments: [ "stdout" ])
    assert_equal 2, requests_in(result.out)
    assert_empty result.err
    result = ChildProcess.run!(SCRIPT, arguments: [ "stderr" ])
    assert_equal 2, requests_in(result.err)
    assert_empty result.out
  end

  def test_an_io_is_written_to_and_stays_open
    reader, writer = IO.pipe
    InProcessServer.new(MemoryTracker::Middleware.new(ok, log_file: writer)).get("/")
    assert MemoryTracker.flush
    MemoryTracker.stop
    refute_predicate writer, :closed?
    writer.write("")
    writer.close
    assert_equal 1, requests_in(rest_of(reader))
  ensure
    reader&.close
  end

  def test_an_io_that_its_owner_closed
    reader, writer = IO.pipe
    server = InProcessServer.new(MemoryTracker::Middleware.new(ok, log_file: writer))
    server.get("/")
    assert MemoryTracker.flush
    writer.close
    assert_equal "ok", server.get("/").text
    MemoryTracker.flush(timeout: 0.3)
    assert_equal "ok", server.get("/").text
  ensure
    capture_subprocess_io { MemoryTracker.stop }
    reader&.close
  end

  def test_a_pipe_whose_reader_left_kills_nobody
    result = ChildProcess.run!(<<~RUBY, env: { "MEMORY_TRACKER_FLIGHT_RECORDER" => folder })
      reader, writer = IO.pipe
      server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "served" ] ] }, log_file: writer))
      reader.close
      trap(:PIPE, "DEFAULT")
      print server.get("/").text
      MemoryTracker.flush(timeout: 0.5)
      print server.get("/").text
      print MemoryTracker.stats[:sink_error].nil? ? " unseen" : " seen"
    RUBY
    assert_equal "servedserved seen", result.out
  end

  def test_a_full_device = assert_serves_and_warns_once("/dev/full")
  def test_a_file_in_the_place_of_the_folder = assert_serves_and_warns_once("/dev/null/log/memory_tracker.log")

  def test_an_unwritable_folder
    File.chmod(0o555, folder)
    assert_serves_and_warns_once(log_path, as_nobody: Process.euid.zero?)
  ensure
    File.chmod(0o755, folder)
  end

  # Made or not made, both would do: the application serves, and a folder that was not made is told.
  def test_a_missing_folder
    path = File.join(folder, "missing", "memory_tracker.log")
    if serve_in_child(path).then { File.exist?(path) }
      assert_equal 2, TrackerLog.new(path).requests.size
    else
      assert_serves_and_warns_once(path)
    end
  end

  def test_a_deleted_log_is_made_again
    server = serving_unchecked(ok)
    server.get("/1")
    flushed_requests
    File.delete(log_path)
    server.get("/2")
    eventually(within: 5) { server.get("/3") && flushed_requests.any? }
    assert_empty log.requests.select { |line| line["url"] == "/1" }
  end

  def test_a_renamed_log_keeps_what_it_has
    server = serving_unchecked(ok)
    server.get("/1")
    flushed_requests
    File.rename(log_path, "#{log_path}.1")
    eventually(within: 5) { server.get("/2") && MemoryTracker.flush && File.exist?(log_path) }
    MemoryTracker.stop
    sequence = [ "#{log_path}.1", log_path ].flat_map { |path| TrackerLog.new(path).requests }.map { |line| line["seq"] }
    assert_equal (1..sequence.size).to_a, sequence
  end

  private

  def requests_in(bytes) = TrackerLog.parse(bytes).count { |line| line["event"] == "request" }

  # What could not be written stays in the recorder, for the next start of the application. That is not to
  # come, so the recorders are in a folder that goes.
  def serve_in_child(log_file, as_nobody: false)
    Dir.mktmpdir do |shared|
      File.chmod(0o1777, shared)
      report = File.join(shared, "report")
      environment = { "REPORT" => report, "MEMORY_TRACKER_FLIGHT_RECORDER" => shared }
      result = ChildProcess.run!(SCRIPT, arguments: [ log_file, as_nobody ], env: environment)
      [ result, JSON.parse(File.read(report)) ]
    end
  end

  def assert_serves_and_warns_once(log_file, **options)
    result, report = serve_in_child(log_file, **options)
    assert_equal [ "served", "served" ], report["answers"]
    assert_equal 2, report["requests"]
    warnings = result.err.lines.grep(/memory_tracker/i)
    assert_equal 1, warnings.size, result.err
    assert_includes warnings.first, log_file
    assert_kind_of String, report["sink_error"]
    assert_operator report["degraded"].size, :>=, 1
    assert_empty result.out
  end
end
