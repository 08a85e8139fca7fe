# frozen_string_literal: true

require_relative "../test_helper"
require "io/nonblock"

class FlushTest < TrackerTest
  def test_everything_recorded_before_the_call_is_in_the_sink
    server = serving_unchecked(ok, flush_interval: 60)
    20.times do |number|
      server.get("/#{number}/x")
      assert_equal true, MemoryTracker.flush
      assert_equal number + 1, log.requests.size
    end
  end

  def test_the_writer_comes_by_itself
    serving_unchecked(ok, flush_interval: 0.02).get("/")
    eventually(within: 5) { log.requests.size == 1 }
  end

  def test_a_queue_that_fills_is_drained_early
    server = serving_unchecked(ok, flush_interval: 30, queue_size: 64)
    10.times do
      31.times { server.get("/") }
      # Far below the interval: whoever fills half of the ring gets the writer to come early.
      eventually(within: 10, what: "an early drain") do
        server.get("/")
        MemoryTracker.stats[:queue_used] < 20
      end
    end
    assert_equal 0, MemoryTracker.stats[:dropped]
    assert_equal MemoryTracker.stats[:requests], flushed_requests.size
  end

  def test_flush_from_many_threads
    server = serving_unchecked(ok)
    threads = Array.new(6) do
      Thread.new do
        30.times do
          server.get("/")
          raise "not flushed" unless MemoryTracker.flush(timeout: 5)
        end
      end
    end
    threads.each(&:join)
    assert_equal 180, log.requests.size
  end

  def test_flush_with_nothing_to_do
    middleware(ok)
    assert_equal true, MemoryTracker.flush
    serving_unchecked(ok).get("/")
    assert_equal [ true, true ], Array.new(2) { MemoryTracker.flush }
  end

  [ true, false ].each do |nonblocking|
    kind = nonblocking ? "nonblocking" : "blocking"

    define_method("test_flush_gives_up_at_its_deadline_and_requests_do_not_wait_for_a_#{kind}_pipe") do
      reader, writer = IO.pipe
      writer.nonblock = nonblocking
      server = InProcessServer.new(MemoryTracker::Middleware.new(ok, log_file: writer, queue_size: 4096))
      _, errors = capture_subprocess_io do
        3_000.times { server.get("/fill/the/pipe") }
        flushed = nil
        assert_includes 0.25..1.5, Stopwatch.seconds { flushed = MemoryTracker.flush(timeout: 0.3) }
        assert_equal false, flushed
        assert_operator Stopwatch.seconds { server.get("/while-blocked") }, :<, 0.2, "a reader that stopped reading holds nobody up"
      end
      assert_operator errors.lines.size, :<=, 1, errors
      assert_equal nonblocking, writer.nonblock?, "the application's own pipe is left as it is"

      received = Thread.new { rest_of(reader) }
      received.report_on_exception = false
      assert_equal true, MemoryTracker.flush(timeout: 5)
      MemoryTracker.stop
      writer.close
      lines = TrackerLog.parse(received.value)
      assert_equal 3_001, lines.count { |line| line["event"] == "request" }
    ensure
      reader&.close
    end
  end

  def test_stop_twice_and_stop_before_the_first_request
    middleware(ok)
    2.times { MemoryTracker.stop }
    refute_path_exists log_path
  end
end
