# frozen_string_literal: true

require_relative "../test_helper"

# Two requests at once: the one that idled beside a heavy one is never blamed for it.
class OverlapTest < TrackerTest
  def test_a_request_that_idled_beside_a_heavy_one_is_not_blamed
    idle_started = Queue.new
    heavy_done = Queue.new
    application = lambda do |env|
      if env["PATH_INFO"] == "/idle"
        idle_started << true
        heavy_done.pop
      else
        keep_new_pages
      end
      ok.call(env)
    end
    server = serving_unchecked(application, threshold: 20)
    without_collections do
      idle = Thread.new { server.get("/idle") }
      idle_started.pop
      server.get("/heavy")
      heavy_done << true
      idle.join
    end

    lines = flushed_requests.to_h { |line| [ line["url"], line ] }
    assert_equal %w[shared shared], lines.values_at("/idle", "/heavy").map { |line| line["scope"] }
    assert_equal [ 1, 1 ], lines.values_at("/idle", "/heavy").map { |line| line["overlap"] }
    assert_equal %w[INFO WARN], lines.values_at("/idle", "/heavy").map { |line| line["level"] }
    assert_in_delta ALWAYS_NEW_PAGES_MB, lines["/idle"]["memory_growth"], 2, "the process grew, and that is said"
    assert_in_delta 0, lines["/idle"]["attributed_growth"], 1
    assert_in_delta ALWAYS_NEW_PAGES_MB, lines["/heavy"]["attributed_growth"], 2
  end

  def test_requests_one_after_the_other_do_not_overlap
    server = serving(ok)
    3.times { server.get("/") }
    assert_equal [ "exclusive" ] * 3, flushed_requests.map { |line| line["scope"] }
  end

  def test_overlap_counts_those_that_started_meanwhile
    outer_started = Queue.new
    others_done = Queue.new
    application = lambda do |env|
      if env["PATH_INFO"] == "/outer"
        outer_started << true
        others_done.pop
      end
      ok.call(env)
    end
    server = serving_unchecked(application)
    outer = Thread.new { server.get("/outer") }
    outer_started.pop
    3.times { server.get("/short") }
    others_done << true
    outer.join

    lines = flushed_requests.group_by { |line| line["url"] }
    assert_equal [ [ "shared", 3 ] ], lines["/outer"].map { |line| line.values_at("scope", "overlap") }
    assert_equal [ [ "shared", 1 ] ] * 3, lines["/short"].map { |line| line.values_at("scope", "overlap") }
  end

  def test_allocations_of_a_lone_request_are_exact
    application = lambda do |env|
      10_000.times { Object.new }
      ok.call(env)
    end
    server = serving_unchecked(application)
    server.get("/first")
    server.get("/second")
    lines = flushed_requests
    assert_in_delta 10_000, lines.last["allocated_objects"], 20
    assert_includes %w[thread process], lines.last["allocations_scope"]
    assert_equal "process", lines.last["allocations_scope"] if RUBY_VERSION < "3.2"
  end
end
