# frozen_string_literal: true

require_relative "../test_helper"

class GcStatsTest < TrackerTest
  CORE = %w[count minor_gc_count major_gc_count heap_live_slots heap_free_slots heap_eden_pages total_allocated_pages
            total_allocated_objects total_freed_objects old_objects malloc_increase_bytes oldmalloc_increase_bytes].freeze

  def test_core_is_what_the_table_says_as_far_as_this_ruby_has_it
    serving(ok).get("/")
    line = only_request
    known = CORE & GC.stat.keys.map(&:to_s)
    assert_equal known.sort, line["gc_stats_before"].keys.sort
    assert_equal known.sort, line["gc_stats_after"].keys.sort
  end

  def test_all_is_what_gc_stat_has
    serving(ok, gc_stats: :all).get("/")
    line = only_request
    integers = GC.stat.select { |_, value| value.is_a?(Integer) }.keys.map(&:to_s)
    assert_empty integers - line["gc_stats_before"].keys
    assert_empty line["gc_stats_after"].keys - integers
  end

  def test_a_list_is_taken_by_its_names
    serving(ok, gc_stats: [ :count, "total_freed_objects" ]).get("/")
    assert_equal %w[count total_freed_objects], only_request["gc_stats_after"].keys.sort
  end

  def test_an_empty_list_leaves_the_counters_out
    serving(ok, gc_stats: []).get("/")
    assert_empty Hash(only_request["gc_stats_before"])
  end

  def test_an_unknown_key_is_refused_by_name
    error = assert_raises(MemoryTracker::ConfigurationError) { middleware(ok, gc_stats: %i[count no_such_counter]) }
    assert_includes error.message, "gc_stats"
    assert_includes error.message, "no_such_counter"
    assert_includes error.message, "GC.stat", "where the accepted keys are"
  end

  def test_the_counters_are_those_of_the_moment
    truth = []
    application = lambda do |env|
      truth << GC.stat.transform_keys(&:to_s)
      1_000.times { Object.new }
      truth << GC.stat.transform_keys(&:to_s)
      ok.call(env)
    end
    without_collections { serving_unchecked(application, gc_stats: :all).get("/") }
    line = only_request
    %w[total_allocated_objects heap_live_slots].each do |key|
      assert_in_delta truth[0][key], line["gc_stats_before"][key], 200, key
      assert_in_delta truth[1][key], line["gc_stats_after"][key], 200, key
    end
    %w[count major_gc_count minor_gc_count total_freed_objects total_allocated_pages].each do |key|
      assert_equal truth[0][key], line["gc_stats_before"][key], key
    end
    allocated = line["gc_stats_after"]["total_allocated_objects"] - line["gc_stats_before"]["total_allocated_objects"]
    assert_in_delta allocated, line["allocated_objects"], 5
  end

  def test_collections_within_the_request_are_counted_and_timed
    application = lambda do |env|
      GC.start(full_mark: true) if env["PATH_INFO"] == "/major"
      ok.call(env)
    end
    server = serving_unchecked(application)
    without_collections { server.get("/none") }
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
    without_collections { server.get("/major") }
    elapsed_ms = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond) - began
    none, major = flushed_requests
    assert_equal [ 0, 0 ], none.values_at("gc_count", "gc_major_count")
    assert_equal 0, none["gc_time_ms"]
    assert_equal [ 1, 1 ], major.values_at("gc_count", "gc_major_count")
    assert_operator major["gc_time_ms"], :>, 0
    assert_operator major["gc_time_ms"], :<=, elapsed_ms
  end
end
