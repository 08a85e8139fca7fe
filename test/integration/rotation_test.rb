# frozen_string_literal: true

require_relative "../test_helper"
require "zlib"

# Debian's logrotate at work while requests are served, names that change under the writer, and many
# processes with one file: no line is lost, torn or doubled, but for those that copytruncate itself loses.
class RotationTest < TrackerTest
  ROTATIONS = 12

  # Serves until the test says enough.
  SERVING = <<~'RUBY'
    say :ready
    requests = 0
    reader = Thread.new { $stdin.read }
    (serve; requests += 1; sleep(0.0002)) while reader.alive?
    MemoryTracker.stop(timeout: 5)
    say requests
  RUBY

  def test_create
    rotated_under_load("create 0640", "rotate 1000") { |lines, requests| assert_equal (1..requests).to_a, lines }
  end

  def test_delaycompress
    rotated_under_load("create 0640", "rotate 1000", "compress", "delaycompress") do |lines, requests|
      assert_equal (1..requests).to_a, lines
      assert_equal ROTATIONS - 1, Dir["#{log_path}*.gz"].size
    end
  end

  # logrotate copies and then empties: what is written in between is in neither file, and its copy may end
  # in the middle of the write it met. Nothing that appends can prevent that. Measured as
  # the numbers that are missing (MEASURE=1 prints it): about 8 lines a rotation at 1,000 lines a second.
  def test_copytruncate_loses_only_what_comes_between_copy_and_truncation
    rotated_under_load("copytruncate", "rotate 1000", strictly: false) do |lines, requests|
      assert_equal lines.uniq, lines, "doubled"
      gaps = (1..requests).to_a - lines
      runs = gaps.slice_when { |one, other| other > one + 1 }.count
      assert_operator runs, :<=, ROTATIONS, "only at rotations"
      puts "copytruncate: #{gaps.size} of #{requests} lines lost in #{ROTATIONS} rotations" if ENV["MEASURE"]
    end
  end

  def test_copytruncate_between_two_writes_loses_nothing
    server = serving(ok)
    5.times do
      7.times { server.get("/") }
      assert MemoryTracker.flush(timeout: 5)
      rotate("copytruncate", "rotate 1000")
    end
    assert_equal (1..35).to_a, all_lines
    refute_includes File.binread("#{log_path}.1"), "\0", "no hole where the file was emptied"
  end

  def test_a_renamed_file
    server = serving(ok, flush_interval: 0.001)
    20.times do |number|
      30.times { server.get("/") }
      File.rename(log_path, "#{log_path}.#{number + 1}") if File.exist?(log_path)
    end
    MemoryTracker.stop
    assert_equal (1..600).to_a, all_lines
  end

  def test_a_deleted_file
    server = serving(ok)
    server.get("/")
    assert MemoryTracker.flush(timeout: 5)
    deleted = File.open(log_path)
    File.delete(log_path)
    server.get("/")
    assert MemoryTracker.flush(timeout: 5)
    assert_equal [ [ 1 ], [ 2 ] ], [ numbers(deleted.read), all_lines ]
  ensure
    deleted&.close
  end

  def test_eight_processes_and_one_file
    writers = Array.new(8) { serving_process("MEMORY_TRACKER_FLUSH_INTERVAL" => "0.001") }
    eventually(what: "plenty of lines") { File.exist?(log_path) && File.size(log_path) > 4 * MEGABYTE }
    served = finish(writers)
    by_pid = log.requests.group_by { |line| line["pid"] }
    assert_equal served, by_pid.transform_values(&:size)
    by_pid.each_value { |lines| assert_equal (1..lines.size).to_a, lines.map { |line| line["seq"] } }
  end

  def test_eight_processes_and_logrotate
    writers = Array.new(8) { serving_process("MEMORY_TRACKER_FLUSH_INTERVAL" => "0.005") }
    4.times { rotate_when_written("create 0640", "rotate 1000") }
    served = finish(writers)
    lines = logs.flat_map { |file| TrackerLog.parse(content(file)) }.select { |line| line["event"] == "request" }
    served.each { |pid, count| assert_equal (1..count).to_a, lines.filter_map { |line| line["seq"] if line["pid"] == pid }.sort }
  end

  private

  def rotated_under_load(*directives, strictly: true)
    writer = serving_process("MEMORY_TRACKER_FLUSH_INTERVAL" => "0.001")
    ROTATIONS.times { rotate_when_written(*directives) }
    requests = finish([ writer ]).values.first
    yield all_lines(strictly: strictly), requests
  end

  def serving_process(environment)
    input, @inputs = IO.pipe.then { |reader, writer| [ reader, [ *@inputs, writer ] ] }
    Victim.new(folder, log: log_path, script: SERVING, env: environment, input: input).tap do |victim|
      input.close
      victim.hear("ready")
    end
  end

  # @return [Hash{Integer => Integer}] requests by pid
  def finish(processes)
    @inputs.each(&:close)
    @inputs = []
    processes.to_h { |process| [ process.pid, Integer(process.heard.tap { process.wait }) ] }
  end

  def rotate_when_written(*directives)
    size = File.size?(log_path) || 0
    eventually(what: "more lines") { (File.size?(log_path) || 0) > size + 20_000 }
    rotate(*directives)
  end

  def rotate(*directives)
    skip "logrotate is not installed" unless logrotate
    directives = [ "missingok", "nomail", *directives ].join("\n")
    File.write(config = File.join(folder, "logrotate.conf"), "#{log_path} {\n#{directives}\n}\n", perm: 0o600)
    result = ChildProcess.command([ logrotate, "--force", "--state", File.join(folder, "logrotate.state"), config ])
    assert_predicate result, :success?, result.err
  end

  def logrotate
    [ *ENV.fetch("PATH").split(File::PATH_SEPARATOR), "/usr/sbin" ].map { |place| File.join(place, "logrotate") }.find { |file| File.executable?(file) }
  end

  # Oldest first.
  def logs = Dir["#{log_path}*"].sort_by { |file| -file[/\.log\.(\d+)/, 1].to_i }
  def content(file) = file.end_with?(".gz") ? Zlib::GzipReader.open(file, &:read) : File.binread(file)

  # The numbers of the requests in all files, in the order in which they were written.
  def all_lines(strictly: true)
    ordered = logs.to_h { |file| [ file, content(file) ] }.reject { |_, text| text.empty? }
    ordered.flat_map { |_, text| numbers(strictly ? text : whole_lines(text)) }.then { |all| strictly ? all.sort : all }
  end

  def whole_lines(text) = text.lines.select { |line| line.start_with?("{") && line.end_with?("}\n") }.join

  def numbers(text) = TrackerLog.parse(text).filter_map { |line| line["seq"] }
end
