# frozen_string_literal: true

require_relative "../test_helper"

# Objects that a request allocated, against how many it is known to have allocated: its thread's own where Ruby
# tells which thread has the GVL (3.2), else the process's, and the line says which.
class AllocationScopeTest < Minitest::Test
  extend MeasuredOnce

  OWN = RUBY_VERSION >= "3.2"
  TOLERANCE = 20

  # /objects/N allocates N objects and gives way to the other threads in between.
  OBJECTS = <<~'RUBY'
    GC.auto_compact = ARGV[1] == "compacting"
    counts = [ 0, 10, 1_000, 20_000 ]
    actions = counts.to_h do |count|
      [ "/objects/#{count}", proc { 10.times { (count / 10).times { Object.new }; Thread.pass } } ]
    end
    stage = Stage.new(actions.merge(log_file: ARGV[0], queue_size: 4096, threshold: 200))
    stage.get("/warm-up")
  RUBY

  SCRIPTS = {
    alone: OBJECTS + "counts.each { |count| 3.times { stage.get(\"/objects/\#{count}\") } }",
    threads: OBJECTS + <<~'RUBY',
      busy = true
      others = Array.new(2) { Thread.new { (100.times { [ Object.new ] }; Thread.pass) while busy } }
      threads = Array.new(16) { |number| Thread.new { 12.times { |turn| stage.get("/objects/#{counts[(number + turn) % 4]}") } } }
      threads.each(&:join)
      busy = false
      others.each(&:join)
    RUBY
    short_threads: OBJECTS + "300.times { |number| Thread.new { stage.get(\"/objects/\#{counts[number % 3]}\") }.join }",
    fibers: <<~'RUBY',
      stage = Stage.new(log_file: ARGV[0], threshold: 20, "/one" => proc { Fiber.yield; KEPT << ("x" * (40 * MEGABYTE)) },
                        "/two" => proc { 1_000.times { Object.new }; Fiber.yield }, "/three" => proc { 1_000.times { Object.new } })
      GC.disable
      stage.get("/warm-up")
      serve = ->(path) { Fiber.new { stage.get(path) } }
      one, two = serve.call("/one"), serve.call("/two")
      [ one, two, one, two ].each(&:resume) # each begins while the other is under way
      3.times { serve.call("/three").resume } # one after the other
      stage.get("/afterwards")
    RUBY
    elsewhere: <<~'RUBY'
      tracked = MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [] ] }, log_file: ARGV[0], threshold: 20)
      begin_request = lambda do |path|
        Rack::MockRequest.env_for(path).merge("rack.response_finished" => []).tap { |env| tracked.call(env) }
      end
      finish = ->(env) { env["rack.response_finished"].each { |callback| callback.call(env, 200, {}, nil) } }
      GC.disable
      finish.call(begin_request.call("/warm-up"))
      alone = begin_request.call("/alone")
      Thread.new { KEPT << ("x" * (40 * MEGABYTE)); finish.call(alone) }.join
      # A server that accepts on some threads and sends on others has several of them under way.
      begun, may_end = Queue.new, Queue.new
      acceptors = Array.new(2) { |number| Thread.new { begun << begin_request.call("/overlapped/#{number}"); may_end.pop } }
      overlapped = [ begun.pop, begun.pop ]
      Thread.new { KEPT << ("x" * (40 * MEGABYTE)); overlapped.each(&finish) }.join
      2.times { may_end << true }
      acceptors.each(&:join)
      finish.call(begin_request.call("/afterwards"))
    RUBY
  }.freeze

  class << self
    def measure
      SCRIPTS.transform_values { |script| played(script) }.merge(compacting: played(SCRIPTS.fetch(:short_threads), "compacting"))
    end

    private

    def played(script, *arguments)
      Dir.mktmpdir do |folder|
        log = File.join(folder, "log")
        ChildProcess.run!(Stage::PRELUDE + script, arguments: [ log, *arguments ])
        TrackerLog.new(log).requests
      end
    end
  end

  def test_alone_the_count_is_exact_on_every_ruby
    lines = counted(:alone)
    assert_equal 12, lines.size
    assert_equal [ OWN ? "thread" : "process" ], lines.map { |line| line["allocations_scope"] }.uniq
    lines.each { |line| assert_in_delta known_count(line), line["allocated_objects"], TOLERANCE, line["url"] }
  end

  def test_sixteen_threads_beside_threads_that_allocate
    lines = counted(:threads)
    assert_equal 192, lines.size
    assert_operator lines.count { |line| line["scope"] == "shared" }, :>, 150
    if OWN
      assert_equal [ "thread" ], lines.map { |line| line["allocations_scope"] }.uniq
      lines.each { |line| assert_in_delta known_count(line), line["allocated_objects"], TOLERANCE, line["url"] }
    else
      assert_equal [ "process" ], lines.map { |line| line["allocations_scope"] }.uniq
      lines.each { |line| assert_operator line["allocated_objects"], :>=, known_count(line) }
    end
  end

  def test_threads_that_follow_each_other_do_not_inherit_a_count
    lines = counted(:short_threads)
    assert_equal 300, lines.size
    lines.each { |line| assert_in_delta known_count(line), line["allocated_objects"], TOLERANCE, line["url"] }
    assert_equal [ OWN ? "thread" : "process" ], lines.map { |line| line["allocations_scope"] }.uniq
  end

  # Ruby 3.4 counts what its compaction moves among the allocated and the freed.
  def test_objects_that_a_compaction_moved_were_not_allocated
    lines = counted(:compacting)
    assert_equal 300, lines.size
    lines.each { |line| assert_in_delta known_count(line), line["allocated_objects"], TOLERANCE, line["url"] }
  end

  def test_fibers_that_interleave_on_one_thread_say_process_and_are_not_blamed
    lines = lines_of(:fibers, "/one", "/two")
    assert_equal %w[/one /two], lines.map { |line| line["url"] }
    lines.each do |line|
      assert_equal %w[process shared process INFO], line.values_at("allocations_scope", "scope", "gc_scope", "level")
      %w[touched attributed_growth allocated_bytes].each { |name| refute_includes line.keys, name }
    end
    assert_in_delta 40, lines.last["memory_growth"], 2
  end

  def test_fibers_that_follow_each_other_have_the_thread_to_themselves
    lines = lines_of(:fibers, "/three", "/afterwards")
    assert_equal 4, lines.size
    lines.each do |line|
      assert_equal [ OWN ? "thread" : "process", "exclusive" ], line.values_at("allocations_scope", "scope")
      assert_includes line.keys, "touched"
    end
    lines.first(3).each { |line| assert_in_delta 1_000, line["allocated_objects"], TOLERANCE }
  end

  def test_a_request_that_another_thread_finished_says_process
    alone, *overlapped = lines_of(:elsewhere, "/alone", "/overlapped/0", "/overlapped/1")
    [ alone, *overlapped ].each do |line|
      assert_equal %w[process process], line.values_at("allocations_scope", "gc_scope")
      refute_includes line.keys, "touched"
    end
    assert_in_delta 40, alone["attributed_growth"], 2, "alone, the growth of the process is its own"
    assert_equal %w[exclusive WARN], alone.values_at("scope", "level")
    assert_equal 2, overlapped.size
    overlapped.each do |line|
      assert_equal %w[shared INFO], line.values_at("scope", "level")
      refute_includes line.keys, "attributed_growth"
    end
  end

  def test_the_threads_next_request_is_its_own_again
    line = lines_of(:elsewhere, "/afterwards").first
    assert_equal [ OWN ? "thread" : "process", "exclusive", 1 ], line.values_at("allocations_scope", "scope", "in_flight")
    assert_includes line.keys, "touched"
  end

  private

  def lines_of(which, *urls) = self.class.measured.fetch(which).select { |line| urls.include?(line["url"]) }
  def counted(which) = self.class.measured.fetch(which).select { |line| line["url"].start_with?("/objects/") }
  def known_count(line) = Integer(line["url"][/\d+\z/])
end
