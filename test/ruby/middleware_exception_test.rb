# frozen_string_literal: true

require_relative "../test_helper"

# The application's answer is never changed: not its exceptions, its throws or its hijacks either.
class MiddlewareExceptionTest < TrackerTest
  class OrderMissing < StandardError; end

  [ true, false ].each do |response_finished|
    path = response_finished ? "response_finished" : "body_wrapper"

    define_method("test_exceptions_pass_unchanged_and_get_a_line_by_#{path}") do
      raised = OrderMissing.new("secret details")
      server = serving_unchecked(->(_env) { raise raised }, response_finished: response_finished)
      assert_same raised, assert_raises(OrderMissing) { server.get("/orders/1") }
      line = only_request
      assert_equal [ "/orders/1", "MiddlewareExceptionTest::OrderMissing" ], line.values_at("url", "error")
      refute_includes line.keys, "status"
      refute_includes log.bytes, "secret details", "messages may hold anything"
    end

    [ Exception, NoMemoryError, SystemExit, Interrupt, ScriptError ].each do |type|
      define_method("test_a_#{type}_passes_by_#{path}") do
        server = serving_unchecked(->(_env) { raise type, "gone" }, response_finished: response_finished)
        assert_raises(type) { server.get("/") }
        assert_equal type.name, only_request["error"]
      end
    end

    define_method("test_a_throw_passes_by_#{path}") do
      server = serving_unchecked(->(_env) { throw :halt, :thrown }, response_finished: response_finished)
      assert_equal :thrown, catch(:halt) { server.get("/halted") }
      line = only_request
      assert_equal "/halted", line["url"]
      refute_includes line.keys, "error"
      assert_equal 0, MemoryTracker.stats[:in_flight]
    end

    define_method("test_thread_raise_passes_by_#{path}") do
      inside = Queue.new
      server = serving_unchecked(->(_env) { inside << true; Queue.new.pop }, response_finished: response_finished)
      thread = Thread.new do
        server.get("/timed-out")
      rescue OrderMissing => error
        error
      end
      inside.pop
      thread.raise(OrderMissing)
      assert_instance_of OrderMissing, thread.value
      assert_equal "/timed-out", only_request["url"]
    end

    define_method("test_a_killed_thread_gets_its_line_by_#{path}") do
      inside = Queue.new
      server = serving_unchecked(->(_env) { inside << true; Queue.new.pop }, response_finished: response_finished)
      thread = Thread.new { server.get("/killed") }
      inside.pop
      thread.kill.join
      assert_equal "/killed", only_request["url"]
    end
  end

  def test_a_request_made_while_an_exception_is_handled_has_no_error_of_its_own
    server = serving_unchecked(->(env) { env["PATH_INFO"] == "/throws" ? throw(:halt) : ok.call(env) })
    begin
      raise OrderMissing
    rescue OrderMissing
      server.get("/fine")
      catch(:halt) { server.get("/throws") }
    end
    assert_equal [ nil, nil ], flushed_requests.map { |line| line["error"] }
  end

  def test_the_backtrace_is_the_applications
    server = serving_unchecked(->(_env) { raise OrderMissing })
    error = assert_raises(OrderMissing) { server.get("/") }
    assert_includes error.backtrace.first, __FILE__
    assert_nil error.cause
  end

  def test_an_exception_without_a_name
    server = serving_unchecked(->(_env) { raise Class.new(StandardError) })
    assert_raises(StandardError) { server.get("/") }
    assert_equal 1, flushed_requests.size
  end

  def test_a_wrong_answer_of_the_application_is_passed_on
    [ nil, 5, [], [ 200 ], [ 200, {}, nil ], "text" ].each do |answer|
      [ {}, { "rack.response_finished" => [] } ].each do |extra|
        env = Rack::MockRequest.env_for("/").merge(extra)
        result = middleware(->(_env) { answer }).call(env)
        answer.is_a?(Array) && answer.size == 3 ? assert_equal(answer[0, 2], result[0, 2]) : assert_equal([ answer ], [ result ])
      end
    end
  end

  def test_a_full_hijack
    socket = StringIO.new
    application = lambda do |env|
      env["rack.hijack"].call.write("mine now")
      [ 200, {}, [] ]
    end
    serving_unchecked(application).get("/cable", "rack.hijack?": true, "rack.hijack": -> { socket })
    assert_equal "mine now", socket.string
    assert_equal "/cable", only_request["url"]
  end

  def test_a_partial_hijack
    [ true, false ].each do |response_finished|
      application = ->(_env) { [ 200, { "rack.hijack" => ->(stream) { stream << "raw" } }, [] ] }
      response = serving_unchecked(application, response_finished: response_finished).get("/raw", "rack.hijack?": true)
      assert_equal "raw", response.text
    end
    assert_equal [ "/raw", "/raw" ], flushed_requests.map { |line| line["url"] }
  end

  def test_an_async_answer_by_throw_leaves_the_next_request_alone
    calls = 0
    server = serving_unchecked(->(env) { (calls += 1) == 1 ? throw(:async) : ok.call(env) }, response_finished: false)
    catch(:async) { server.get("/async") }
    assert_equal "ok", server.get("/after").text
    assert_equal [ "/async", "/after" ], flushed_requests.map { |line| line["url"] }
  end

  def test_a_request_inside_a_request
    inner = nil
    tracked = middleware(lambda do |env|
      inner.get("/inner") if env["PATH_INFO"] == "/outer"
      ok.call(env)
    end)
    inner = InProcessServer.new(tracked)
    assert_equal "ok", inner.get("/outer").text
    urls = flushed_requests.map { |line| line["url"] }
    assert_includes urls, "/outer"
    assert_equal 0, MemoryTracker.stats[:in_flight]
  end

  def test_frozen_environments_and_headers
    env = Rack::MockRequest.env_for("/")
    headers = { "content-type" => "text/plain" }.freeze
    status, returned, body = middleware(->(_env) { [ 200, headers, [ "ok" ].freeze ].freeze }).call(env)
    body.close
    assert_equal [ 200, headers ], [ status, returned ]
    assert_equal 1, flushed_requests.size
  end
end
