# frozen_string_literal: true

require_relative "../test_helper"

class MiddlewareTest < TrackerTest
  FIELDS = {
    "seq" => Integer, "method" => String, "url" => String, "route" => String, "status" => Integer, "request_time" => Float,
    "memory_before" => Float, "memory_after" => Float, "memory_growth" => Float, "touched" => Float, "attributed_growth" => Float,
    "scope" => String, "allocated_objects" => Integer, "allocations_scope" => String, "gc_stats_before" => Hash,
    "gc_stats_after" => Hash, "gc_time_ms" => Numeric, "gc_count" => Integer, "gc_major_count" => Integer, "in_flight" => Integer
  }.freeze

  def test_the_name_that_existing_users_know
    assert_same MemoryTracker::Middleware, MemoryTrackerMiddleware
  end

  def test_one_line_with_every_field
    serving(ok).get("/orders/42", HTTP_X_REQUEST_ID: "id-1")
    line = only_request
    FIELDS.each { |name, type| assert_kind_of type, line[name], name }
    assert_equal [ "INFO", 1, "GET", "/orders/42", "/orders/{id}", 200, "id-1" ],
                 line.values_at("level", "seq", "method", "url", "route", "status", "request_id")
    assert_equal Process.pid, line["pid"]
    assert_includes line.keys, "thread"
    %w[error truncated threshold unclosed controller action].each { |name| refute_includes line.keys, name }
  end

  def test_in_flight_counts_requests
    serving(ok).get("/")
    assert_includes [ 0, 1 ], only_request["in_flight"]
    assert_equal 0, MemoryTracker.stats[:in_flight]
  end

  def test_the_time_is_when_it_was_in_utc
    before = Time.now.utc
    serving(ok).get("/")
    time = Time.iso8601(only_request["time"])
    assert_includes (before - 0.01)..(Time.now.utc + 0.01), time
  end

  def test_numbers_hex_and_uuids_are_taken_out_of_the_route
    server = serving(ok)
    { "/" => "/", "/about" => "/about", "/a/1/b/22" => "/a/{id}/b/{id}" }.each_key { |path| server.get(path) }
    server.get("/files/5f2b8c9e1a7d4f60b3c2d1e0")
    server.get("/files/123e4567-e89b-42d3-a456-426614174000")
    routes = flushed_requests.map { |line| line["route"] }
    assert_equal [ "/", "/about", "/a/{id}/b/{id}" ], routes.first(3)
    routes.last(2).each { |route| assert_match %r{\A/files/\{\w+\}\z}, route }
  end

  def test_the_answer_is_the_applications
    answer = [ 207, { "content-type" => "text/plain", "x-mine" => "1" }, [ "a", "b" ] ]
    [ true, false ].each do |response_finished|
      response = serving(->(_env) { answer.dup }, response_finished: response_finished).get("/")
      assert_equal [ 207, "1", "ab" ], [ response.status, response.headers["x-mine"], response.text ]
      assert_equal 2, response.headers.size, "no header of ours"
    end
    assert_equal [ 207, 207 ], flushed_requests.map { |line| line["status"] }
  end

  def test_methods_and_responses_without_a_body
    application = ->(env) { [ env["PATH_INFO"].delete("/").to_i, {}, [] ] }
    [ true, false ].each do |response_finished|
      server = serving(application, response_finished: response_finished)
      server.request("HEAD", "/200")
      server.request("DELETE", "/204")
      server.request("GET", "/304")
    end
    assert_equal [ [ "HEAD", 200 ], [ "DELETE", 204 ], [ "GET", 304 ] ] * 2,
                 flushed_requests.map { |line| line.values_at("method", "status") }
  end

  def test_the_script_name_belongs_to_the_url
    serving(ok).get("/b", SCRIPT_NAME: "/mounted")
    assert_equal "/mounted/b", only_request["url"]
  end

  def test_ignored_paths_are_not_measured
    server = serving(ok, ignore_paths: [ "/assets", %r{\.ico\z} ])
    [ "/assets/a.css", "/favicon.ico", "/shop", "/x/assets" ].each { |path| assert_equal "ok", server.get(path).text }
    assert_equal [ "/shop", "/x/assets" ], flushed_requests.map { |line| line["url"] }
    assert_equal 2, MemoryTracker.stats[:requests]
  end

  def test_disabled_calls_the_application_and_nothing_else
    application = ok
    server = serving_unchecked(application, enabled: false, flight_recorder: folder)
    assert_equal "ok", server.get("/").text
    assert_empty Dir.children(folder)
    refute MemoryTracker.stats[:tracking]
    assert_kind_of String, MemoryTracker.stats[:reason]
    assert_equal true, MemoryTracker.flush
  end

  def test_disabled_adds_no_objects_to_the_response
    body = [ "ok" ]
    answer = [ 200, {}, body ]
    assert_same body, middleware(->(_env) { answer }, enabled: false).call(Rack::MockRequest.env_for("/"))[2]
  end

  def test_sample_rate_writes_its_share_and_says_how_many_it_left_out
    server = serving_unchecked(ok, sample_rate: 0.25, queue_size: 8192)
    4000.times { server.get("/") }
    lines = flushed_requests
    assert_in_delta 1000, lines.size, 150
    stats = MemoryTracker.stats
    assert_equal 4000, stats[:requests]
    assert_equal 4000 - lines.size, stats[:sampled_out]
    assert_equal (1..lines.size).to_a, lines.map { |line| line["seq"] }, "what was left out on purpose is no gap"
  end

  def test_sample_rate_never_leaves_out_a_warning
    server = serving(->(env) { keep_new_pages if env["PATH_INFO"] == "/heavy"; ok.call(env) }, sample_rate: 0.0, threshold: 20)
    20.times { server.get("/light") }
    server.get("/heavy")
    assert_equal [ [ "/heavy", "WARN" ] ], flushed_requests.map { |line| line.values_at("url", "level") }
    assert_equal 20, MemoryTracker.stats[:sampled_out]
  end

  def test_constant_fields_are_on_every_line
    serving(ok, fields: { service: "shop", release: { version: 2 } }).get("/")
    MemoryTracker.stop
    assert_operator log.lines.size, :>=, 3, "started, request, stopped"
    log.lines.each { |line| assert_equal [ "shop", { "version" => 2 } ], line.values_at("service", "release"), line["event"] }
  end

  def test_the_query_string_is_not_logged_by_default
    server = serving_unchecked(ok)
    server.get("/login?token=hunter2", HTTP_REFERER: "http://shop/?token=hunter2", HTTP_AUTHORIZATION: "Bearer hunter2",
                                       HTTP_COOKIE: "session=hunter2", REQUEST_URI: "/login?token=hunter2")
    assert_equal "/login", only_request["url"]
    refute_includes log.bytes, "hunter2"
  end

  def test_log_query_logs_it
    serving(ok, log_query: true).get("/search?q=shoes&page=2")
    flushed_requests
    assert_includes log.bytes, "q=shoes&page=2"
  end

  def test_equal_configurations_share_a_tracker_and_different_ones_do_not
    first = middleware(ok)
    assert_same first.tracker, middleware(ok).tracker
    other = MemoryTracker::Middleware.new(ok, log_file: File.join(folder, "other.log"))
    refute_same first.tracker, other.tracker
    assert_same other.tracker, MemoryTracker.tracker, "the one configured last"
  end

  def test_two_trackers_each_write_their_own_log
    other_path = File.join(folder, "other.log")
    serving(ok).get("/one")
    InProcessServer.new(MemoryTracker::Middleware.new(ok, log_file: other_path)).get("/two")
    MemoryTracker.stop
    assert_equal [ [ "/one", 1 ] ], log.requests.map { |line| line.values_at("url", "seq") }
    assert_equal [ [ "/two", 1 ] ], TrackerLog.new(other_path).requests.map { |line| line.values_at("url", "seq") }
  end

  def test_a_nested_second_middleware_passes_through
    [ true, false ].each do |response_finished|
      InProcessServer.new(middleware(middleware(ok)), response_finished: response_finished).get("/same")
      InProcessServer.new(middleware(middleware(ok), threshold: 77), response_finished: response_finished).get("/different")
    end
    MemoryTracker.stop
    assert_equal %w[/different /different /same /same], log.requests.map { |line| line["url"] }.sort
  end

  def test_started_and_stopped_lines
    serving(ok).get("/")
    MemoryTracker.stop
    assert_equal %w[started request stopped], log.lines.map { |line| line["event"] }.reject { |event| event == "process" }
    serving(ok).get("/again")
    assert_equal 2, flushed_requests.size, "the next middleware starts afresh"
  end
end
