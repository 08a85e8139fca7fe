# frozen_string_literal: true

require_relative "../test_helper"

# The flight recorder's file: whose it is, who may read it, and what is done about a folder that somebody
# else prepared.
class RecorderTest < TrackerTest
  SCRIPT = <<~'RUBY'
    log_file, recorder = ARGV
    recorder = false if recorder == "false"
    application = ->(_env) { [ 200, {}, [ "served" ] ] }
    server = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: log_file, flight_recorder: recorder))
    answers = Array.new(3) { server.get("/").text }
    MemoryTracker.flush(timeout: 5)
    stats = MemoryTracker.stats
    puts JSON.generate(answers: answers, recorder: stats[:recorder], degraded: stats[:degraded], tracking: stats[:tracking])
    MemoryTracker.stop
  RUBY

  def test_the_file_is_for_the_user_alone
    serve_once
    path = MemoryTracker.stats[:recorder]
    assert_equal "#{own_folder}/#{File.basename(path)}", path
    assert_match(/\A[\w-]+-#{Process.pid}-\d+\.flight\z/, File.basename(path))
    assert_equal "600", permissions(path)
    assert_equal "700", permissions(own_folder)
    assert_equal Process.euid, File.stat(path).uid
  end

  def test_the_umask_does_not_matter
    before = File.umask(0)
    serve_once
    assert_equal %w[600 700], [ permissions(MemoryTracker.stats[:recorder]), permissions(own_folder) ]
  ensure
    File.umask(before)
  end

  def test_nothing_is_sparse_so_that_a_full_disk_cannot_kill_a_request_later
    serve_once
    file = File.stat(MemoryTracker.stats[:recorder])
    assert_operator file.blocks * 512, :>=, file.size
  end

  def test_stop_removes_the_file
    serve_once
    path = MemoryTracker.stats[:recorder]
    assert_path_exists path
    MemoryTracker.stop
    refute_path_exists path
    assert_equal 0, recorders_mapped(path)
  end

  def test_each_tracker_has_its_own
    serve_once
    InProcessServer.new(middleware(ok, flight_recorder: folder, threshold: 77)).get("/")
    assert_equal 2, Dir.glob("#{own_folder}/*.flight").size
  end

  def test_the_default_is_shared_memory
    serving(ok).get("/")
    assert MemoryTracker.stats[:recorder].start_with?("/dev/shm/memory_tracker-#{Process.euid}/")
  end if File.writable?("/dev/shm")

  def test_false_means_anonymous_memory
    result = serve_in_child("false")
    assert_equal [ nil, [], true ], result.json.values_at("recorder", "degraded", "tracking")
    assert_empty result.err
    assert_equal 3, log.requests.size
  end

  def test_a_symbolic_link_is_refused
    target = File.join(folder, "target")
    Dir.mkdir(target, 0o700)
    File.symlink(target, own_folder)
    assert_refused
    assert_empty Dir.children(target)
  end

  def test_a_foreign_owner_is_refused
    skip "giving a folder to another user takes root" unless Process.euid.zero?
    Dir.mkdir(own_folder, 0o700)
    File.chown(65_534, nil, own_folder)
    assert_refused
    assert_empty Dir.children(own_folder)
  end

  def test_a_folder_that_the_world_can_write_is_refused
    Dir.mkdir(own_folder)
    File.chmod(0o777, own_folder)
    assert_refused
    assert_empty Dir.children(own_folder)
  end

  def test_a_file_in_the_place_of_the_folder_is_refused
    File.write(own_folder, "mine")
    assert_refused
    assert_equal "mine", File.read(own_folder)
  end

  def test_a_missing_folder_is_made
    missing = File.join(folder, "missing")
    result = serve_in_child(missing)
    assert result.json["recorder"].start_with?("#{missing}/")
    assert_empty result.err
  end

  def test_a_folder_that_cannot_be_made
    assert_refused("/dev/null/missing")
  end

  def test_a_folder_that_is_no_folder
    assert_refused("/dev/null")
  end

  def test_a_full_disk
    with_small_file_system(kib: 64) do |disk|
      assert_refused(disk.path)
      assert_empty Dir.glob("#{disk.path}/**/*.flight"), "no half-made file stays"
    end
  end

  private

  def own_folder = File.join(folder, "memory_tracker-#{Process.euid}")
  def permissions(path) = (File.stat(path).mode & 0o777).to_s(8)
  def serve_once = serving(ok, flight_recorder: folder).get("/")
  def recorders_mapped(path) = File.read("/proc/self/maps").scan(path).size
  def serve_in_child(recorder = folder) = ChildProcess.run!(SCRIPT, arguments: [ log_path, recorder ])

  # One warning, reduced service, visible in stats: and the application serves.
  def assert_refused(recorder = folder)
    result = serve_in_child(recorder)
    report = result.json
    assert_equal [ "served" ] * 3, report["answers"]
    assert_nil report["recorder"]
    assert_equal true, report["tracking"]
    assert_equal 1, result.err.lines.size, result.err
    assert_match(/memory_tracker/i, result.err)
    assert_equal 1, report["degraded"].size, report["degraded"].inspect
    assert_equal 3, log.requests.size, "anonymous memory takes its place"
  end
end
