# frozen_string_literal: true

require_relative "../test_helper"

# Where the growth of a process and what a request did drift apart: memory that others give back, files,
# memory that was there before, and requests that only wait.
class GrowthAwkwardCasesTest < Minitest::Test
  extend MeasuredOnce

  # The tolerance of a heavy request beside others.
  HEAVY_MB = 50
  HEAVY_DELTA = HEAVY_MB * 0.05 + 0.5

  # In each case another thread, which serves no request, gives back 60 MB while the request takes 50. "seen"
  # means that the tracker had a look at the process (a turn of its writer) between the one and the other.
  RETURNED = <<~'RUBY'
    def give_back = Thread.new { $others.clear }.join
    def seen = MemoryTracker.flush(timeout: 5)
    GC.disable
    stage = Stage.new(
      log_file: ARGV[0], threshold: 20, flush_interval: 60,
      "/before" => proc { give_back; seen; KEPT << ("x" * (50 * MEGABYTE)) },
      "/between" => proc { KEPT << ("x" * (25 * MEGABYTE)); give_back; seen; KEPT << ("x" * (25 * MEGABYTE)) },
      "/after" => proc { KEPT << ("x" * (50 * MEGABYTE)); seen; give_back },
      "/unseen" => proc { give_back; KEPT << ("x" * (50 * MEGABYTE)) }
    )
    stage.get("/warm-up")
    %w[/before /between /after /unseen].each do |path|
      $others = "y" * (60 * MEGABYTE)
      stage.during("/idle") { stage.get(path) }
    end
  RUBY

  # Read by memchr through a mapping, so that no page of the file is copied into memory of Ruby's.
  FILE = <<~'RUBY'
    require "fiddle"
    include Fiddle
    MMAP = Function.new(Handle::DEFAULT["mmap"], [ TYPE_VOIDP, TYPE_SIZE_T, TYPE_INT, TYPE_INT, TYPE_INT, TYPE_LONG ], TYPE_VOIDP)
    MEMCHR = Function.new(Handle::DEFAULT["memchr"], [ TYPE_VOIDP, TYPE_INT, TYPE_SIZE_T ], TYPE_VOIDP)
    PROT_READ, MAP_SHARED = 1, 1
    file = File.open(ARGV[1], "w+b")
    file.write("f" * (64 * MEGABYTE))
    file.flush
    GC.start
    GC.disable
    read = proc { MEMCHR.call(MMAP.call(nil, 64 * MEGABYTE, PROT_READ, MAP_SHARED, file.fileno, 0), 0, 64 * MEGABYTE) }
    stage = Stage.new(log_file: ARGV[0], threshold: 20, "/alone" => read, "/beside" => read)
    stage.get("/warm-up")
    before = ProcessFigures.new
    truth = [ before.file ]
    stage.get("/alone")
    truth << ProcessFigures.new.file
    stage.during("/idle") { stage.get("/beside") }
    puts JSON.generate(truth)
  RUBY

  # Pieces below the size that malloc maps by itself, of which it is told to keep what is freed.
  KEEPING_MALLOC = { "MALLOC_TRIM_THRESHOLD_" => (1 << 30).to_s, "MALLOC_MMAP_THRESHOLD_" => (128 << 10).to_s }.freeze
  REUSED = <<~'RUBY'
    GC.disable
    work = proc { Array.new(500) { "z" * 100_000 }.each(&:clear) }
    stage = Stage.new(log_file: ARGV[0], threshold: 20, "/first" => work, "/later" => work, "/beside" => work)
    stage.get("/warm-up")
    stage.get("/first")
    4.times { stage.get("/later") }
    stage.during("/idle") { stage.get("/beside") }
  RUBY

  # Blocks of this size are mapped by themselves, and given back at once.
  CHURNED = <<~'RUBY'
    GC.disable
    churn = proc { 5.times { ("x" * (48 * MEGABYTE)).clear } }
    stage = Stage.new(log_file: ARGV[0], threshold: 20, "/alone" => churn, "/beside" => churn)
    stage.get("/warm-up")
    stage.get("/alone")
    stage.during("/idle") { stage.get("/beside") }
  RUBY

  # Every heavy request takes 8 MB in one piece, which malloc maps afresh.
  SLEEPERS = <<~'RUBY'
    GC.disable
    stage = Stage.new(log_file: ARGV[0], threshold: 5, queue_size: 4096,
                      "/sleeps" => proc { sleep(0.004) }, "/heavy" => proc { KEPT << ("x" * (8 * MEGABYTE - 64)); sleep(0.002) })
    stage.get("/warm-up")
    stage.get("/heavy")
    threads = Array.new(8) { Thread.new { 50.times { stage.get("/sleeps") } } }
    threads += Array.new(2) { Thread.new { 15.times { stage.get("/heavy") } } }
    threads.each(&:join)
  RUBY

  class << self
    def measure
      { returned: RETURNED, file: FILE, reused: REUSED, churned: CHURNED, sleepers: SLEEPERS }
        .to_h { |name, script| [ name, played(script, name == :reused ? KEEPING_MALLOC : {}) ] }
    end

    private

    def played(script, env)
      Dir.mktmpdir do |folder|
        log = File.join(folder, "log")
        result = ChildProcess.run!(Stage::PRELUDE + script, arguments: [ log, File.join(folder, "file") ], env: env)
        [ TrackerLog.new(log).requests, result ]
      end
    end
  end

  { "before" => "before it grew", "between" => "while it grew", "after" => "after it had grown" }.each do |name, moment|
    define_method("test_memory_that_another_thread_returned_#{moment.tr(" ", "_")}_does_not_hide_a_heavy_request") do
      line = line(:returned, "/#{name}")
      assert_equal %w[shared WARN], line.values_at("scope", "level")
      assert_in_delta(-10, line["memory_growth"], 1.5, "the process shrank, and that is said")
      assert_in_delta HEAVY_MB, line["attributed_growth"], HEAVY_DELTA
    end
  end

  def test_memory_that_another_thread_returned_between_two_looks_at_the_process_does_not_hide_a_heavy_request
    line = line(:returned, "/unseen")
    assert_in_delta HEAVY_MB, line["touched"], 1
    assert_in_delta HEAVY_MB, line["attributed_growth"], HEAVY_DELTA
    assert_equal "WARN", line["level"]
  end

  def test_whoever_idled_meanwhile_is_neither_blamed_nor_credited
    idle = lines(:returned).select { |line| line["url"] == "/idle" }
    assert_equal 4, idle.size
    idle.each { |line| assert_in_delta 0, line["attributed_growth"], 0.5 }
  end

  # The pages of a mapped file are resident, so a request that was alone has grown the process by them. Their
  # faults bring many pages each, so beside others next to nothing of it is known to be the request's.
  def test_a_file_that_is_read_through_a_mapping
    before, after = self.class.measured[:file].last.json
    alone = line(:file, "/alone")
    assert_in_delta 64, after - before, 1
    assert_in_delta after - before, alone["attributed_growth"], 1
    assert_equal [ "exclusive", "WARN", alone["memory_growth"] ], alone.values_at("scope", "level", "attributed_growth")

    beside = line(:file, "/beside")
    assert_in_delta 64, beside["memory_growth"], 1
    assert_operator beside.fetch("attributed_growth", 0), :<=, 64.5
    assert_in_delta 0, line(:file, "/idle").fetch("attributed_growth", 0), 0.5
  end

  def test_memory_that_an_earlier_request_left_behind_is_no_growth
    assert_in_delta 48, line(:reused, "/first")["attributed_growth"], 2
    later = lines(:reused).select { |line| line["url"] == "/later" }
    assert_equal 4, later.size
    [ *later, line(:reused, "/beside") ].each do |line|
      assert_in_delta 0, line["touched"], 2
      assert_in_delta 0, line["attributed_growth"], 2
      assert_equal "INFO", line["level"]
    end
    assert_equal "shared", line(:reused, "/beside")["scope"]
  end

  def test_memory_that_a_request_gave_back_itself_is_no_growth
    [ line(:churned, "/alone"), line(:churned, "/beside") ].each do |line|
      assert_in_delta 240, line["touched"], 2
      assert_in_delta 0, line["memory_growth"], 1
      assert_in_delta 0, line.fetch("attributed_growth", 0), 1, line["scope"]
      assert_equal "INFO", line["level"]
    end
  end

  def test_requests_that_sleep_beside_heavy_ones_are_never_blamed
    sleeping = lines(:sleepers).select { |line| line["url"] == "/sleeps" }
    assert_equal 400, sleeping.size
    assert_operator sleeping.count { |line| line["memory_growth"] > 7 }, :>, 50, "the process grew beside them"
    assert_equal 0, sleeping.count { |line| line["level"] == "WARN" }
    sleeping.each { |line| assert_operator line["attributed_growth"], :<, 1 }
  end

  def test_the_heavy_ones_beside_them_all_are
    heavy = lines(:sleepers).select { |line| line["url"] == "/heavy" }
    assert_equal [ "WARN" ], heavy.map { |line| line["level"] }.uniq
    heavy.each { |line| assert_in_delta 8, line["attributed_growth"], 8 * 0.05 + 0.5 }
  end

  private

  def lines(which) = self.class.measured.fetch(which).first
  def line(which, url) = lines(which).reverse.find { |line| line["url"] == url }
end
