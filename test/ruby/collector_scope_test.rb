# frozen_string_literal: true

require_relative "../test_helper"

# Time in the collector: what a request caused and what it waited for, where Ruby tells when it collects (3.3);
# and the two ways of running Ruby's threads that a count by threads does not fit.
class CollectorScopeTest < Minitest::Test
  extend MeasuredOnce

  OWN = RUBY_VERSION >= "3.3"

  COLLECTING = <<~'RUBY'
    KEPT << Array.new(300_000) { Object.new } # something to mark
    truth = {}
    collect = proc do
      before = GC.total_time
      3.times { GC.start }
      truth[:milliseconds] = (GC.total_time - before) / 1e6
    end
    stage = Stage.new(log_file: ARGV[0], threshold: 200, "/alone" => collect, "/collects" => collect)
    stage.get("/warm-up")
    GC.disable
    stage.get("/nothing")
    stage.get("/alone")
    stage.during("/idle") { stage.get("/collects") }
    puts JSON.generate(truth)
  RUBY

  # With a second Ractor, and with Ruby's threads on fewer native ones.
  COUNTING = <<~'RUBY'
    busy = true
    stage = Stage.new(log_file: ARGV[0], threshold: 200, queue_size: 4096,
                      "/objects/2000" => proc { 10.times { 200.times { Object.new }; Thread.pass } },
                      "/heavy" => proc { KEPT << ("x" * (40 * MEGABYTE)) })
    stage.get("/warm-up")
    $VERBOSE = nil # Ractors are experimental
    ractor = Ractor.new { Ractor.receive } if ARGV[1] == "ractor"
    other = Thread.new { (100.times { Object.new }; Thread.pass) while busy }
    Array.new(8) { Thread.new { 10.times { stage.get("/objects/2000") } } }.each(&:join)
    stage.during("/idle") { stage.get("/heavy") }
    busy = false
    other.join
    ractor&.send(nil)
  RUBY

  class << self
    def measure = played(COLLECTING).then { |lines, truth| [ lines.to_h { |line| [ line["url"], line ] }, truth ] }

    def played(script, argument = nil, env = {})
      Dir.mktmpdir do |folder|
        log = File.join(folder, "log")
        result = ChildProcess.run!(Stage::PRELUDE + script, arguments: [ log, argument ], env: env)
        [ TrackerLog.new(log).requests, result.out.empty? ? nil : result.json ]
      end
    end
  end

  def test_a_request_that_collects_has_its_time
    %w[/alone /collects].each do |url|
      assert_equal [ 3, OWN ? "thread" : "process" ], line(url).values_at("gc_count", "gc_scope"), url
      assert_operator line(url)["gc_time_ms"], :>, truth["milliseconds"] / 3, url
    end
  end

  def test_a_request_without_collections_has_none
    assert_equal [ 0, 0 ], line("/nothing").values_at("gc_count", "gc_time_ms")
    assert_equal 0, line("/nothing").fetch("gc_wait_ms", 0)
  end

  def test_a_request_that_waited_for_anothers_collections_did_not_cause_them
    idle = line("/idle")
    assert_equal 3, idle["gc_count"], "they were of the process"
    if OWN
      assert_equal "thread", idle["gc_scope"]
      assert_in_delta 0, idle["gc_time_ms"], 0.1
      assert_in_delta line("/collects")["gc_time_ms"], idle["gc_wait_ms"], 0.1
      assert_equal [ 0, 0 ], [ line("/collects"), line("/alone") ].map { |line| line["gc_wait_ms"] }
    else
      assert_equal "process", idle["gc_scope"]
      assert_operator idle["gc_time_ms"], :>, truth["milliseconds"] / 3
      refute_includes idle.keys, "gc_wait_ms"
    end
  end

  def test_beside_another_ractor_the_counts_are_the_processs
    skip "Ruby #{RUBY_VERSION} counts by process anyway" if RUBY_VERSION < "3.2"
    lines, = self.class.played(COUNTING, "ractor")
    objects = lines.select { |line| line["url"] == "/objects/2000" }
    assert_equal [ 80, [ "process" ] ], [ objects.size, objects.map { |line| line["allocations_scope"] }.uniq ]
    objects.each { |line| assert_operator line["allocated_objects"], :>=, 2_000 }
  end

  # A native thread then runs several of Ruby's, so that its page faults and its malloc are nobody's.
  def test_where_ruby_threads_move_between_native_ones_objects_are_exact_and_pages_are_not_told
    skip "Ruby #{RUBY_VERSION} has one native thread for each of its own" if RUBY_VERSION < "3.3"
    lines, = self.class.played(COUNTING, "threads", "RUBY_MN_THREADS" => "1")
    objects = lines.select { |line| line["url"] == "/objects/2000" }
    assert_equal 80, objects.size
    objects.select { |line| line["allocations_scope"] == "thread" }.each do |line|
      assert_in_delta 2_000, line["allocated_objects"], 20
    end
    assert_equal [ "thread" ], objects.map { |line| line["allocations_scope"] }.uniq
    lines.each { |line| refute_includes line.keys, "touched" }
    lines.select { |line| line["scope"] == "shared" }.each { |line| refute_includes line.keys, "attributed_growth" }
    assert_equal [ "INFO" ], lines.map { |line| line["level"] }.uniq
  end

  private

  def line(url) = self.class.measured.first.fetch(url)
  def truth = self.class.measured.last
end
