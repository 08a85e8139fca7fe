# frozen_string_literal: true

require_relative "../test_helper"

class ThreadsTest < TrackerTest
  THREADS = 8
  REQUESTS = 2_000

  def test_eight_threads_times_two_thousand_requests_give_sixteen_thousand_lines
    drive(serving_unchecked(ok, queue_size: THREADS * REQUESTS))
    lines = flushed_requests
    assert_equal THREADS * REQUESTS, lines.size
    assert_equal (1..THREADS * REQUESTS).to_a, lines.map { |line| line["seq"] }.sort
    assert_equal expected_paths, lines.map { |line| line["url"] }.sort
    assert_equal 0, MemoryTracker.stats[:dropped]
  end

  def test_the_same_by_body_wrappers
    drive(serving_unchecked(ok, response_finished: false, queue_size: THREADS * REQUESTS))
    assert_equal (1..THREADS * REQUESTS).to_a, flushed_requests.map { |line| line["seq"] }.sort
  end

  def test_what_a_short_queue_cannot_hold_is_counted_and_told
    drive(serving_unchecked(ok, queue_size: 8))
    MemoryTracker.flush(timeout: 5)
    stats = MemoryTracker.stats
    MemoryTracker.stop
    lines = log.requests
    told = log.events("dropped").sum { |line| line.find { |name, _| name.match?(/dropped|count/) }.last }
    assert_equal THREADS * REQUESTS, stats[:requests]
    assert_equal THREADS * REQUESTS, lines.size + stats[:dropped]
    assert_equal stats[:dropped], told
    # What was dropped is a gap in seq.
    assert_equal lines.size, lines.map { |line| line["seq"] }.uniq.size
    assert_operator lines.map { |line| line["seq"] }.max, :<=, THREADS * REQUESTS
  end

  def test_threads_that_raise_and_grow_beside_each_other
    application = lambda do |env|
      number = env["PATH_INFO"][/\d+\z/].to_i
      raise ArgumentError if number % 7 == 0

      env["kept"] = "x" * (number % 5 * 10_000)
      ok.call(env)
    end
    drive(serving_unchecked(application, queue_size: THREADS * REQUESTS, object_counts: true), requests: 200)
    lines = flushed_requests
    assert_equal (1..THREADS * 200).to_a, lines.map { |line| line["seq"] }.sort
    raised = lines.select { |line| line["url"][/\d+\z/].to_i % 7 == 0 }
    assert_equal [ "ArgumentError" ], raised.map { |line| line["error"] }.uniq
    assert(lines.reject { |line| line.key?("error") }.size == lines.size - raised.size)
    assert_equal 0, MemoryTracker.stats[:in_flight]
  end

  def test_through_a_real_puma
    rackup = File.join(folder, "config.ru")
    File.write(rackup, <<~RUBY)
      $LOAD_PATH.unshift #{ChildProcess::LIB.inspect}
      require "memory_tracker"
      use MemoryTracker::Middleware, log_file: #{log_path.inspect}
      run ->(env) { [ 200, { "content-type" => "text/plain" }, [ env["PATH_INFO"] ] ] }
    RUBY
    PumaServer.open(rackup, threads: 8) do |server|
      threads = Array.new(THREADS) do |thread|
        Thread.new { server.client.open { |http| 150.times { |number| http.get("/#{thread}x/#{number}x") } } }
      end
      threads.each(&:join)
      eventually(what: "all lines") { log.requests.size == THREADS * 150 }
    end
    assert_equal (1..THREADS * 150).to_a, log.requests.map { |line| line["seq"] }.sort
    assert_equal %w[started stopped], log.lines.map { |line| line["event"] }.reject { |event| %w[request process].include?(event) }
  end

  private

  def drive(server, requests: REQUESTS)
    threads = Array.new(THREADS) do |thread|
      Thread.new do
        requests.times do |number|
          server.get("/thread-#{thread}/#{number}")
        rescue ArgumentError
          next
        end
      end
    end
    threads.each(&:join)
  end

  def expected_paths
    Array.new(THREADS) { |thread| Array.new(REQUESTS) { |number| "/thread-#{thread}/#{number}" } }.flatten.sort
  end
end
