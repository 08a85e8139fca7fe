# frozen_string_literal: true

require_relative "../test_helper"

class StatsTest < TrackerTest
  KEYS = %i[tracking reason pid requests warnings lines bytes sampled_out dropped in_flight unclosed queue_size queue_used
            request_overhead_us writer_cpu_ms own_bytes recorder sink sink_error degraded rss_check process_memory_source
            object_count_samples retention].freeze

  def test_every_key_is_there
    serving(ok).get("/")
    assert_empty KEYS - MemoryTracker.stats.keys
  end

  def test_before_anything_is_configured_every_public_method_answers
    result = ChildProcess.run!(<<~RUBY)
      raise "flush" unless [ true, false ].include?(MemoryTracker.flush)
      raise "tracker" unless MemoryTracker.tracker.nil?
      raise "stats" unless MemoryTracker.stats.is_a?(Hash)
      raise "tracking" if MemoryTracker.stats[:tracking]
      MemoryTracker.stop
      MemoryTracker.stop
      print "answered"
    RUBY
    assert_equal "answered", result.out
  end

  def test_the_counts_are_what_happened
    application = lambda do |env|
      keep_new_pages if env["PATH_INFO"] == "/heavy"
      raise "broken" if env["PATH_INFO"] == "/broken"

      ok.call(env)
    end
    server = serving_unchecked(application, threshold: 20, queue_size: 256)
    7.times { server.get("/") }
    server.get("/heavy")
    assert_raises(RuntimeError) { server.get("/broken") }
    assert_equal 9, flushed_requests.size
    stats = MemoryTracker.stats
    assert_equal [ true, nil, Process.pid, 9, 1, 0, 0, 0, 256 ],
                 stats.values_at(:tracking, :reason, :pid, :requests, :warnings, :dropped, :in_flight, :unclosed, :queue_size)
    assert_equal log.lines.size, stats[:lines]
    assert_equal File.size(log_path), stats[:bytes]
    assert_equal 0, stats[:queue_used]
    assert_empty stats[:degraded]
    assert_nil stats[:sink_error]
    assert_includes stats[:sink], log_path
  end

  def test_in_flight_is_what_is_in_flight
    inside = Queue.new
    go_on = Queue.new
    server = serving_unchecked(lambda do |env|
      inside << true
      go_on.pop
      ok.call(env)
    end)
    threads = Array.new(3) { Thread.new { server.get("/") } }
    3.times { inside.pop }
    assert_equal 3, MemoryTracker.stats[:in_flight]
    3.times { go_on << true }
    threads.each(&:join)
    assert_equal 0, MemoryTracker.stats[:in_flight]
  end

  def test_the_trackers_own_cost_is_told
    server = serving_unchecked(ok)
    500.times { server.get("/") }
    flushed_requests
    stats = MemoryTracker.stats
    assert_includes 0.1..500.0, stats[:request_overhead_us]
    assert_operator stats[:writer_cpu_ms], :>, 0
    assert_includes 1..(6 * MEGABYTE), stats[:own_bytes]
  end

  def test_statm_and_the_source_of_the_process_lines_are_compared_unit_against_unit
    serving(ok).get("/")
    check = eventually(what: "the cross-check") { MemoryTracker.stats[:rss_check] }
    assert check[:agrees]
    assert_in_delta ProcessFigures.new.rss * 1024, check[:statm_kib], 32 * 1024
    assert_in_delta check[:statm_kib], check[:process_memory_kib], 4 * 1024
  end

  def test_the_source_of_the_process_lines_is_told
    serving(ok).get("/")
    flushed_requests
    source = "libproc2 #{MemoryTracker::LIBPROC2_COMPILED_VERSION}"
    assert_equal source, MemoryTracker.stats[:process_memory_source]
    assert_equal [ source ], log.events("started").map { |line| line["process_memory_source"] }
  end

  def test_the_versions_of_libproc2_are_constants
    assert_match(/\A\d+\.\d+\.\d+\z/, MemoryTracker::LIBPROC2_COMPILED_VERSION)
    assert_match(/libproc2\.so/, MemoryTracker::LIBPROC2_LOADED)
    assert_includes File.read("/proc/self/maps"), File.basename(MemoryTracker::LIBPROC2_LOADED)
    assert_match(/\A\d+\.\d+\.\d+/, MemoryTracker::VERSION)
  end
end
