# frozen_string_literal: true

require_relative "../test_helper"

# MemoryTracker.track: a block is measured as a request is, and what it returns, raises or throws is its own.
class TrackTest < TrackerTest
  class ImportBroken < StandardError; end

  def setup
    super
    middleware(ok) # its tracker is the one that blocks go to
  end

  def test_the_value_of_the_block_is_given_back
    value = Object.new
    assert_same value, MemoryTracker.track("import") { value }
    assert_nil(MemoryTracker.track("nothing") { nil })
  end

  def test_a_block_has_a_line_of_its_own_kind
    MemoryTracker.track("nightly import", fields: { tenant: 7, "source" => "ftp" }) { nil }
    line = only_block
    assert_equal [ "block", "nightly import", "INFO", 1 ], line.values_at("event", "name", "level", "seq")
    assert_equal({ "tenant" => 7, "source" => "ftp" }, line["fields"])
    assert_equal [ "exclusive", 0, 1 ], line.values_at("scope", "overlap", "in_flight")
    %w[request_time memory_before memory_growth touched attributed_growth allocated_objects gc_stats_after].each do |name|
      assert_includes line.keys, name
    end
    %w[url method route status error controller request_id].each { |name| refute_includes line.keys, name }
  end

  def test_without_fields_the_line_has_none
    MemoryTracker.track("import") { nil }
    refute_includes only_block.keys, "fields"
  end

  def test_a_block_that_keeps_memory_warns
    without_collections { MemoryTracker.track("hoard") { keep_new_pages } }
    line = only_block
    assert_in_delta ALWAYS_NEW_PAGES_MB, line["attributed_growth"], 1
    assert_equal [ "WARN", 10 ], line.values_at("level", "threshold")
    assert_equal 1, MemoryTracker.stats[:warnings]
  end

  def test_blocks_nest_and_the_inner_ones_work_counts_in_the_outer_one
    without_collections do
      MemoryTracker.track("outer") do
        MemoryTracker.track("middle") do
          MemoryTracker.track("inner") { keep_new_pages && Array.new(5_000) { Object.new } }
        end
        Array.new(3_000) { Object.new }
      end
    end
    inner, middle, outer = blocks
    assert_equal %w[inner middle outer], [ inner, middle, outer ].map { |line| line["name"] }
    [ inner, middle, outer ].each do |line|
      assert_equal [ "exclusive", 0, 1, "WARN" ], line.values_at("scope", "overlap", "in_flight", "level"), line["name"]
      assert_in_delta ALWAYS_NEW_PAGES_MB, line["attributed_growth"], 2, line["name"]
      assert_in_delta line["attributed_growth"], line["touched"], 1, line["name"]
    end
    assert_in_delta 5_000, inner["allocated_objects"], 20
    assert_in_delta 5_000, middle["allocated_objects"], 40
    assert_in_delta 8_000, outer["allocated_objects"], 60
    assert_operator inner["request_time"], :<=, middle["request_time"]
    assert_operator middle["request_time"], :<=, outer["request_time"]
  end

  def test_a_block_inside_a_request_leaves_the_request_its_own
    application = lambda do |env|
      2.times { |number| MemoryTracker.track("step #{number}") { keep_new_pages if number == 1 } }
      ok.call(env)
    end
    without_collections { serving(application).get("/orders") }
    request = only_request
    assert_equal [ "exclusive", 0, 1, "WARN" ], request.values_at("scope", "overlap", "in_flight", "level")
    assert_in_delta ALWAYS_NEW_PAGES_MB, request["attributed_growth"], 2
    assert_includes request.keys, "touched"
    assert_equal [ [ "step 0", "INFO" ], [ "step 1", "WARN" ] ], blocks.map { |line| line.values_at("name", "level") }
    assert_equal [ 1, 2, 3 ], log.lines.filter_map { |line| line["seq"] }.sort
  end

  def test_a_request_inside_a_block
    server = serving(ok)
    MemoryTracker.track("console") { 2.times { assert_equal "ok", server.get("/").text } }
    assert_equal [ 2, 1 ], [ flushed_requests.size, blocks.size ]
    assert_equal [ "exclusive" ], log.lines.filter_map { |line| line["scope"] }.uniq
  end

  def test_blocks_of_several_threads_are_told_apart
    inside = Queue.new
    may_end = Queue.new
    idle = Thread.new { MemoryTracker.track("idle") { inside << true; may_end.pop } }
    inside.pop
    without_collections { MemoryTracker.track("heavy") { keep_new_pages } }
    may_end << true
    idle.join
    lines = blocks.to_h { |line| [ line["name"], line ] }
    assert_equal [ [ "shared", 1, "WARN" ], [ "shared", 1, "INFO" ] ],
                 lines.values_at("heavy", "idle").map { |line| line.values_at("scope", "overlap", "level") }
    assert_in_delta 0, lines["idle"]["attributed_growth"], 1
  end

  def test_an_exception_is_the_blocks_own
    raised = ImportBroken.new("secret details")
    error = assert_raises(ImportBroken) { MemoryTracker.track("import") { raise raised } }
    assert_same raised, error
    assert_includes error.backtrace.first, __FILE__
    assert_equal "TrackTest::ImportBroken", only_block["error"]
    refute_includes log.bytes, "secret details"
    assert_equal 0, MemoryTracker.stats[:in_flight]
  end

  def test_every_way_out_of_a_block_ends_it
    assert_equal :thrown, catch(:done) { MemoryTracker.track("throw") { throw :done, :thrown } }
    assert_equal :broken_off, MemoryTracker.track("break") { break :broken_off }
    assert_equal :next, MemoryTracker.track("next") { next :next }
    assert_equal :returned, returning
    assert_raises(LocalJumpError) { MemoryTracker.track("no block") }
    Thread.new { MemoryTracker.track("killed") { Thread.current.kill } }.join
    assert_equal [ "throw", "break", "next", "return", "no block", "killed" ], blocks.map { |line| line["name"] }
    assert_equal [ "LocalJumpError" ], log.events("block").filter_map { |line| line["error"] }
    assert_equal 0, MemoryTracker.stats[:in_flight]
  end

  def test_a_block_within_a_rescue_has_no_error_of_its_own
    begin
      raise ImportBroken
    rescue ImportBroken
      MemoryTracker.track("clean-up") { nil }
      catch(:done) { MemoryTracker.track("thrown") { throw :done } }
    end
    assert_equal [ nil, nil ], blocks.map { |line| line["error"] }
  end

  def test_a_block_in_an_enumerators_fiber
    numbers = Enumerator.new { |sink| MemoryTracker.track("lazy") { 2.times { |number| sink << number } } }
    MemoryTracker.track("eager") { assert_equal [ 0, 1 ], [ numbers.next, numbers.next ] }
    assert_equal [ "eager" ], blocks.map { |line| line["name"] }
    assert_raises(StopIteration) { numbers.next }
    assert_equal %w[eager lazy], blocks.map { |line| line["name"] }
    assert_equal %w[process process], blocks.map { |line| line["allocations_scope"] }, "each ran within the other"
    assert_equal 0, MemoryTracker.stats[:in_flight]
  end

  # In a process of its own: a count that is wrong after the stop would be wrong for every later test.
  def test_a_stop_within_nested_blocks_leaves_nothing_in_flight
    ChildProcess.run!(<<~'RUBY', arguments: [ log_path ])
      server = -> { InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [] ] }, log_file: ARGV[0])) }
      server.call
      MemoryTracker.track("outer") { MemoryTracker.track("inner") { MemoryTracker.stop } }
      later = server.call
      later.get("/on/this/thread")
      Thread.new { later.get("/on/another") }.join
    RUBY
    assert_equal [ [ "exclusive", 0, 1 ] ] * 2, log.requests.map { |line| line.values_at("scope", "overlap", "in_flight") }
  end

  private

  def returning
    MemoryTracker.track("return") { return :returned }
  end

  def blocks
    assert MemoryTracker.flush(timeout: 5), "flush did not finish"
    log.events("block")
  end

  def only_block
    lines = blocks
    assert_equal 1, lines.size
    lines.first
  end
end
