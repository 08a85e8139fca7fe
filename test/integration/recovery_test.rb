# frozen_string_literal: true

require_relative "../test_helper"

# What killed processes left is told by exactly one of those that come after, whatever lies in the folder.
class RecoveryTest < TrackerTest
  STARTERS = 6
  DEAD = 5
  COMMAND = [ RbConfig.ruby, "-I#{ChildProcess::LIB}", File.expand_path("../../exe/memory_tracker", __dir__) ].freeze

  # Waits for a byte from the test, serves one request and ends in order.
  STARTER = <<~'RUBY'
    say :ready
    $stdin.read(1)
    serve "/started"
    MemoryTracker.flush(timeout: 10)
  RUBY

  def setup
    super
    Dir.mkdir(File.dirname(log_path))
  end

  def test_of_several_that_start_at_once_one_tells
    dead = Array.new(DEAD) { |number| killed(requests: 5 + number) }
    start_at_once(STARTERS)
    assert_equal dead.sort, log.events("worker_died").map { |line| line["pid"] }.sort
    dead.each_with_index { |pid, number| assert_equal (1..5 + number).to_a, sequence_of(pid) }
    assert_equal STARTERS, log.requests.count { |line| line["url"] == "/started" }
    assert_empty recorders.recorders
  end

  def test_processes_that_end_in_order_are_not_among_the_dead
    victim = killed(requests: 1)
    3.times { start_at_once(STARTERS) }
    assert_equal [ victim ], log.events("worker_died").map { |line| line["pid"] }
    assert_equal STARTERS * 3, log.events("stopped").size
  end

  def test_a_live_process_is_left_alone
    alive = Victim.with_unwritten(folder, log: log_path)
    start
    assert_empty log.events("worker_died")
    assert_empty sequence_of(alive.pid)
    assert_equal 1, recorders.of(alive.pid).size
  ensure
    alive&.kill
  end

  # A worker that nobody replaces, of a cluster that was made smaller or is on its way down.
  def test_who_is_alive_finds_who_is_killed_beside_it
    survivor = Victim.new(folder, log: log_path, script: "serve \"/alive\"\nsay :ready\nsleep",
                          env: { "MEMORY_TRACKER_PROCESS_SAMPLE_INTERVAL" => "0.1" })
    survivor.hear("ready")
    victim = killed(requests: 7)
    eventually(what: "a line of the dead") { log.events("worker_died").any? }
    assert_equal [ [ victim, survivor.pid ] ], log.events("worker_died").map { |line| [ line["pid"], line["found_by"] ] }
    assert_equal (1..7).to_a, sequence_of(victim)
  ensure
    survivor&.kill
  end

  def test_another_applications_recorder_is_left_to_it
    stranger = Victim.with_unwritten(folder, log: File.join(folder, "other.log"))
    stranger.kill
    start
    assert_empty log.events("worker_died")
    assert_equal 1, recorders.of(stranger.pid).size
  end

  def test_who_is_killed_before_it_could_tell_is_told_with_what_it_found
    first = killed(requests: 20)
    gone = File.join(folder, "gone")
    File.rename(File.dirname(log_path), gone)
    second = Victim.new(folder, log: log_path, script: "serve\nMemoryTracker.flush(timeout: 0.3)\nsay :ready\nsleep")
    second.hear("ready")
    second.kill
    File.rename(gone, File.dirname(log_path))
    start
    assert_equal [ (1..20).to_a, [ 1 ] ], [ sequence_of(first), sequence_of(second.pid) ]
    assert_equal [ first, second.pid ].sort, log.events("worker_died").map { |line| line["pid"] }.sort
  end

  def test_files_that_cannot_be_read_are_set_aside_with_one_warning_each
    bytes, key = recorder_and_key
    planted = { "version" => RecorderFolder.with_another_version(bytes), "truncated" => bytes[0, bytes.size / 2], "short" => bytes[0, 100],
                "empty" => "", "garbage" => Random.new(1).bytes(100_000), "ones" => "\xFF".b * bytes.size, "zeros" => "\0" * bytes.size }
    planted.each { |name, content| recorders.plant("#{key}-#{name}-1", content) }
    errors = start
    assert_equal planted.keys.sort, recorders.unreadable.map { |file| File.basename(file)[/-([a-z]+)-1\.flight\.unreadable\z/, 1] }.sort
    assert_empty recorders.recorders
    assert_equal planted.size, errors.lines.size, errors
    errors.each_line { |line| assert_match(/\Amemory_tracker: the recorder \S+ was set aside: \S+/, line) }
    assert_equal 1, log.requests.count { |line| line["url"] == "/started" }
    assert_empty start, "they are not looked at again"
  end

  def test_no_damage_crashes_who_reads_it
    bytes, key = recorder_and_key
    random = Random.new(5)
    40.times do |number|
      damaged = bytes.dup
      # The identity stays, or the first look would be the last one.
      random.rand(1..400).times { damaged.setbyte(random.rand(32...damaged.size), random.rand(256)) }
      random.rand(1..4).times { damaged[random.rand(32..120), 8] = random.bytes(8) }
      recorders.plant("#{key}-#{number}-1", damaged)
    end
    start
    assert_empty recorders.recorders
    assert_equal 40, log.events("worker_died").size + recorders.unreadable.size
    assert_equal 1, log.requests.count { |line| line["url"] == "/started" }
  end

  def test_a_link_is_not_followed
    _, key = recorder_and_key
    precious = File.join(folder, "precious")
    File.write(precious, "precious")
    File.symlink(precious, File.join(recorders.path, "#{key}-1-1.flight"))
    File.link(precious, File.join(recorders.path, "#{key}-2-1.flight"))
    start
    assert_equal "precious", File.read(precious)
    assert_equal 1, log.requests.count { |line| line["url"] == "/started" }
  end

  def test_recover_from_a_shell
    dead = [ killed(requests: 3), killed(requests: 4) ]
    result = ChildProcess.command([ *COMMAND, "recover", folder ])
    assert_predicate result, :success?, result.err
    lines = TrackerLog.parse(result.out)
    assert_equal dead.sort, lines.filter_map { |line| line["pid"] if line["event"] == "worker_died" }.sort
    assert_equal 7, lines.count { |line| line["event"] == "request" }
    again = ChildProcess.command([ *COMMAND, "recover", folder ])
    assert_equal [ true, "" ], [ again.success?, again.out ]
  end

  def test_recover_to_a_file_and_from_nowhere
    killed(requests: 3)
    refused = ChildProcess.command([ *COMMAND, "recover", folder, "/dev/full" ])
    assert_equal 1, refused.status.exitstatus
    assert ChildProcess.command([ *COMMAND, "recover", folder, log_path ]).success?, "what could not be written was kept"
    assert_equal 3, log.requests.size
    assert_equal 1, ChildProcess.command([ *COMMAND, "recover", "#{folder}/missing" ]).status.exitstatus
    assert_equal 2, ChildProcess.command([ *COMMAND, "recover" ]).status.exitstatus
  end

  private

  def log_path = File.join(folder, "logs", "memory_tracker.log")
  def recorders = RecorderFolder.new(folder)
  def sequence_of(pid) = log.requests.select { |line| line["pid"] == pid }.map { |line| line["seq"] }

  def killed(requests:)
    victim = Victim.with_unwritten(folder, log: log_path, requests: requests)
    victim.kill
    victim.pid
  end

  # @return [String] what the starter printed to its standard error
  def start = start_at_once(1).first

  def start_at_once(count)
    gate, opener = IO.pipe
    starters = Array.new(count) { Victim.new(folder, log: log_path, script: STARTER, input: gate) }
    starters.each { |starter| starter.hear("ready") }
    opener.write("x" * count)
    starters.each { |starter| assert_predicate starter.wait, :success?, starter.errors }
    starters.map(&:errors)
  ensure
    gate&.close
    opener&.close
  end

  def recorder_and_key
    pid = killed(requests: 5)
    file = recorders.of(pid).first
    bytes = File.binread(file)
    File.delete(file)
    [ bytes, File.basename(file)[/\A(.*)-#{pid}-/, 1] ]
  end
end
