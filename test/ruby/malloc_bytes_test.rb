# frozen_string_literal: true

require_relative "../test_helper"

# Bytes that malloc gave to, and took back from, the thread of a request: with Debian's jemalloc loaded before
# everything else, and without it.
class MallocBytesTest < Minitest::Test
  extend MeasuredOnce

  LIBRARY = Dir["/usr/lib/*/libjemalloc.so.2", "/usr/lib/libjemalloc.so.2"].first

  # What a request allocates beyond what it was asked for: an answer, its strings, a thread's buffers.
  SLACK_BYTES = 64 * 1024

  # Each string and its final NUL is one of jemalloc's size classes, so it takes exactly that many bytes.
  SCRIPT = <<~'RUBY'
    GC.disable
    piece = ->(bytes) { "x" * (bytes - 1) }
    kept_before = Array.new(10) { piece.call(MEGABYTE) }
    busy = true
    stage = Stage.new(
      log_file: ARGV[0], threshold: 200, process_sample_interval: 0.05,
      "/keeps" => proc { 20.times { KEPT << piece.call(MEGABYTE) } },
      "/keeps-small" => proc { KEPT << Array.new(2_000) { piece.call(4_096) } },
      "/churns" => proc { 20.times { piece.call(MEGABYTE).clear } },
      "/frees" => proc { kept_before.each(&:clear) },
      "/helped" => proc { Thread.new { KEPT << piece.call(32 * MEGABYTE) }.join }
    )
    stage.get("/warm-up")
    paths = %w[/nothing /keeps /keeps-small /churns /frees /helped]
    paths.first(4).each { |path| stage.get(path) }
    # The same beside a thread that allocates and frees all the time, and a request that idles.
    beside = Thread.new { (piece.call(MEGABYTE).clear; Thread.pass) while busy }
    stage.during("/idle") { paths.each { |path| stage.get(path) } }
    busy = false
    beside.join

    # Begun here, finished by another thread.
    env = Rack::MockRequest.env_for("/elsewhere").merge("rack.response_finished" => [])
    MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [] ] }, log_file: ARGV[0], threshold: 200, process_sample_interval: 0.05).call(env)
    Thread.new { env["rack.response_finished"].each { |callback| callback.call(env, 200, {}, nil) } }.join
    MemoryTracker.flush(timeout: 5)
    Eventually.eventually(within: 10, what: "a process line") { File.read(ARGV[0]).include?('"event":"process"') }
  RUBY

  class << self
    def measure = { jemalloc: LIBRARY && played("LD_PRELOAD" => LIBRARY), system: played({}) }

    private

    def played(env)
      Dir.mktmpdir do |folder|
        log = File.join(folder, "log")
        ChildProcess.run!(Stage::PRELUDE + SCRIPT, arguments: [ log ], env: env)
        TrackerLog.new(log).lines
      end
    end
  end

  def test_what_a_request_keeps_was_allocated_and_not_freed
    each_line("/keeps") do |line|
      assert_in_delta 20 * TrackerTest::MEGABYTE, line["allocated_bytes"], SLACK_BYTES
      assert_operator line["freed_bytes"], :<, SLACK_BYTES
    end
    each_line("/keeps-small") { |line| assert_in_delta 2_000 * 4_096, line["allocated_bytes"], SLACK_BYTES }
  end

  def test_what_it_allocates_and_frees_counts_in_both
    each_line("/churns") do |line|
      assert_in_delta 20 * TrackerTest::MEGABYTE, line["allocated_bytes"], SLACK_BYTES
      assert_in_delta 20 * TrackerTest::MEGABYTE, line["freed_bytes"], SLACK_BYTES
    end
  end

  def test_what_an_earlier_one_allocated_counts_where_it_is_freed
    each_line("/frees", count: 1) do |line|
      assert_in_delta 10 * TrackerTest::MEGABYTE, line["freed_bytes"], SLACK_BYTES
      assert_operator line["allocated_bytes"], :<, SLACK_BYTES
    end
  end

  def test_other_threads_do_not_count
    each_line("/nothing", count: 2) { |line| assert_operator line["allocated_bytes"], :<, SLACK_BYTES }
    each_line("/idle", count: 1) do |line|
      assert_equal "shared", line["scope"]
      assert_operator line["allocated_bytes"], :<, SLACK_BYTES
      assert_operator line["freed_bytes"], :<, SLACK_BYTES
    end
    # A new thread's stack is the work of whoever makes it: 1 MB. What the thread does is not.
    each_line("/helped", count: 1) { |line| assert_operator line["allocated_bytes"], :<, 2 * TrackerTest::MEGABYTE }
  end

  def test_a_request_that_another_thread_finished_has_neither
    line = requests(:jemalloc, "/elsewhere").first
    refute_includes line.keys, "allocated_bytes"
    refute_includes line.keys, "freed_bytes"
  end

  def test_the_process_line_names_jemalloc_and_has_its_figures
    line = lines(:jemalloc).reverse.find { |each| each["event"] == "process" }
    assert_equal "jemalloc", line["allocator"]
    stats = line["allocator_stats"]
    assert_operator stats["allocated"], :>, 27
    assert_operator stats["allocated"], :<=, stats["active"]
    assert_operator stats["active"], :<=, stats["resident"]
    assert_operator stats["retained"], :>=, 0
  end

  def test_without_jemalloc_the_fields_are_absent
    fields = GC.stat.key?(:total_malloc_bytes) ? %w[freed_bytes] : %w[allocated_bytes freed_bytes]
    requests = lines(:system).select { |line| line["event"] == "request" }
    assert_operator requests.size, :>=, 12
    fields.each { |name| assert_equal 0, requests.count { |line| line.key?(name) }, name }
    process = lines(:system).reverse.find { |line| line["event"] == "process" }
    refute_equal "jemalloc", process["allocator"]
    refute_includes process.keys, "allocator_stats"
  end

  private

  def lines(which)
    skip "libjemalloc2 is not installed" if which == :jemalloc && !LIBRARY
    self.class.measured.fetch(which)
  end

  def requests(which, url) = lines(which).select { |line| line["url"] == url }

  # Once alone and once beside the others.
  def each_line(url, count: 2, &block)
    found = requests(:jemalloc, url)
    assert_equal count, found.size, url
    found.each(&block)
  end
end
