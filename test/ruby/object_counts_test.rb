# frozen_string_literal: true

require_relative "../test_helper"

class ObjectCountsTest < TrackerTest
  KEPT_STRINGS = 50_000

  def test_true_counts_on_every_request
    server = serving(ok, object_counts: true)
    5.times { server.get("/") }
    flushed_requests.each do |line|
      assert_operator line["objects_before"]["TOTAL"], :>, 1_000
      assert_equal line["objects_before"].keys, line["objects_after"].keys
    end
    assert_operator MemoryTracker.stats[:object_count_samples], :>=, 5
  end

  def test_the_counts_are_those_of_object_space
    truth = nil
    application = lambda do |env|
      truth = ObjectSpace.count_objects.transform_keys(&:to_s)
      ok.call(env)
    end
    without_collections { serving_unchecked(application, object_counts: true).get("/") }
    before = only_request["objects_before"]
    assert_empty truth.keys - before.keys
    %w[T_STRING T_ARRAY T_HASH T_CLASS].each { |type| assert_in_delta truth[type], before[type], 500, type }
    assert_in_delta truth["TOTAL"], before["TOTAL"], 2_000
  end

  def test_what_a_request_keeps_is_counted_by_type
    application = lambda do |env|
      @strings = Array.new(KEPT_STRINGS) { String.new } if env["PATH_INFO"] == "/keep"
      ok.call(env)
    end
    server = serving_unchecked(application, object_counts: true)
    server.get("/warm-up")
    without_collections { server.get("/keep") }
    line = flushed_requests.last
    assert_in_delta KEPT_STRINGS, line["objects_after"]["T_STRING"] - line["objects_before"]["T_STRING"], 200
  end

  def test_false_never_counts
    server = serving(ok, object_counts: false)
    20.times { server.get("/") }
    assert(flushed_requests.none? { |line| line.key?("objects_before") || line.key?("objects_after") })
    assert_equal 0, MemoryTracker.stats[:object_count_samples]
  end

  def test_the_budget_is_a_thousandth_of_the_time
    server = serving_unchecked(ok, queue_size: 65_536)
    count_seconds = Stopwatch.seconds { ObjectSpace.count_objects }
    spent = Stopwatch.seconds { 20_000.times { server.get("/") } }
    counted = flushed_requests.count { |line| line.key?("objects_before") }
    # Two counts a sample, and one sample to learn what it costs.
    assert_operator counted, :<=, 3 + (spent * 0.001 / count_seconds).ceil * 3
    assert_operator MemoryTracker.stats[:object_count_samples], :<=, 6 + (spent * 0.001 / count_seconds).ceil * 3
  end
end
