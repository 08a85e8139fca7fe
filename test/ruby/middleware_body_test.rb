# frozen_string_literal: true

require_relative "../test_helper"

# When a request is over: at `rack.response_finished` where the server has it, else when the body is closed.
class MiddlewareBodyTest < TrackerTest
  METHODS = %i[each call to_path to_ary].freeze

  # A body with exactly the methods it is given, and a record of what was done to it.
  class Body
    attr_reader :closed

    def initialize(*methods, &on_each)
      @closed = 0
      @on_each = on_each
      singleton_class.define_method(:each) { |&sink| @on_each ? @on_each.call(sink) : sink.call("chunk") } if methods.include?(:each)
      singleton_class.define_method(:call) { |stream| stream.write("stream"); stream.close } if methods.include?(:call)
      singleton_class.define_method(:to_path) { __FILE__ } if methods.include?(:to_path)
      singleton_class.define_method(:to_ary) { close_if_possible; [ "chunk" ] } if methods.include?(:to_ary)
      singleton_class.define_method(:close) { @closed += 1 } if methods.include?(:close)
    end

    private

    def close_if_possible = respond_to?(:close) && close
  end

  SHAPES = [ %i[each], %i[each close], %i[each to_path close], %i[each to_ary], %i[each to_ary close], %i[call], %i[call close],
             %i[each call close] ].freeze

  SHAPES.each do |shape|
    define_method("test_a_wrapped_body_with_#{shape.join("_")}_keeps_its_methods") do
      body = Body.new(*shape)
      wrapped = call_without_finishing(body)[2]
      METHODS.each { |name| assert_equal body.respond_to?(name), wrapped.respond_to?(name), name }
      assert_respond_to wrapped, :close
      wrapped.close
      assert_equal 1, flushed_requests.size
      assert_equal (shape.include?(:close) ? 1 : 0), body.closed
    end
  end

  def test_an_array_stays_one
    wrapped = call_without_finishing([ "a", "b" ])[2]
    assert_respond_to wrapped, :to_ary
    refute_respond_to wrapped, :call
    refute_respond_to wrapped, :to_path
    assert_equal [ "a", "b" ], wrapped.to_ary
  end

  def test_to_ary_closes_and_finishes_once
    body = Body.new(:each, :to_ary, :close)
    wrapped = call_without_finishing(body)[2]
    assert_equal [ "chunk" ], wrapped.to_ary
    assert_equal 1, flushed_requests.size
    wrapped.close
    assert_equal 1, flushed_requests.size
    assert_operator body.closed, :>=, 1
  end

  def test_each_gives_the_chunks_and_returns_an_enumerator_without_a_block
    wrapped = call_without_finishing(Body.new(:each, :close))[2]
    chunks = []
    wrapped.each { |chunk| chunks << chunk }
    assert_equal [ "chunk" ], chunks
    assert_empty flushed_requests, "not over before it is closed"
    wrapped.close
    wrapped.close
    assert_equal 1, flushed_requests.size
  end

  def test_with_response_finished_the_body_is_the_applications_own
    body = Body.new(:each, :close)
    env = Rack::MockRequest.env_for("/").merge("rack.response_finished" => [])
    result = middleware(->(_env) { [ 200, {}, body ] }).call(env)
    assert_same body, result[2]
    assert_equal 1, env["rack.response_finished"].size
    result[2].close
    assert_empty flushed_requests
    env["rack.response_finished"].each { |callback| callback.call(env, 200, {}, nil) }
    assert_equal 1, flushed_requests.size
  end

  def test_response_finished_called_twice_gives_one_line
    env = Rack::MockRequest.env_for("/").merge("rack.response_finished" => [])
    middleware(ok).call(env)
    2.times { env["rack.response_finished"].each { |callback| callback.call(env, 200, {}, nil) } }
    assert_equal 1, flushed_requests.size
  end

  def test_callbacks_of_others_stay
    called = []
    env = Rack::MockRequest.env_for("/").merge("rack.response_finished" => [ ->(*) { called << :first } ])
    middleware(ok).call(env)
    env["rack.response_finished"].reverse_each { |callback| callback.call(env, 200, {}, nil) }
    assert_equal [ :first ], called
    assert_equal 1, flushed_requests.size
  end

  def test_the_bodys_memory_and_time_are_inside
    [ true, false ].each do |response_finished|
      body = Body.new(:each, :close) do |sink|
        keep_new_pages
        eventually(within: 5) { monotonic > (@until ||= monotonic + 0.2) }
        sink.call("x")
      end
      @until = nil
      server = serving_unchecked(->(_env) { [ 200, {}, body ] }, response_finished: response_finished, threshold: 20)
      without_collections { server.get("/stream") }
    end
    flushed_requests.each do |line|
      assert_in_delta ALWAYS_NEW_PAGES_MB, line["memory_growth"], 1
      assert_operator line["request_time"], :>=, 0.2
      assert_equal "WARN", line["level"]
    end
  end

  def test_streaming_bodies_under_lint
    application = ->(_env) { [ 200, {}, ->(stream) { stream.write("live"); stream.close } ] }
    [ true, false ].each { |finished| assert_equal "live", serving(application, response_finished: finished).get("/").text }
    assert_equal 2, flushed_requests.size
  end if Rack.release >= "3"

  def test_a_body_that_raises_while_it_is_sent
    [ true, false ].each do |response_finished|
      body = Body.new(:each, :close) { raise IOError, "client went away" }
      server = serving_unchecked(->(_env) { [ 200, {}, body ] }, response_finished: response_finished)
      error = assert_raises(IOError) { server.get("/") }
      assert_equal "client went away", error.message
      assert_equal 1, body.closed
    end
    assert_equal 2, flushed_requests.size
  end

  def test_a_body_that_raises_when_closed
    body = Body.new(:each)
    body.define_singleton_method(:close) { raise IOError, "cannot close" }
    wrapped = call_without_finishing(body)[2]
    assert_raises(IOError) { wrapped.close }
    assert_equal 1, flushed_requests.size
  end

  def test_a_body_never_closed_gets_its_line_at_the_next_request
    tracked = middleware(ok)
    tracked.call(Rack::MockRequest.env_for("/never-closed"))
    assert_empty flushed_requests
    _, _, body = tracked.call(Rack::MockRequest.env_for("/next"))
    body.close
    lines = flushed_requests
    assert_equal [ [ "/never-closed", true ], [ "/next", nil ] ], lines.map { |line| line.values_at("url", "unclosed") }
    assert_equal [ 1, 0 ], MemoryTracker.stats.values_at(:unclosed, :in_flight)
  end

  def test_a_body_never_closed_gets_its_line_at_the_stop
    tracked = middleware(ok)
    tracked.call(Rack::MockRequest.env_for("/never-closed"))
    MemoryTracker.stop
    assert_equal [ [ "/never-closed", true ] ], log.requests.map { |line| line.values_at("url", "unclosed") }
  end

  def test_a_body_closed_long_after_its_tracker_stopped_harms_nothing
    body = call_without_finishing(Body.new(:each, :close))[2]
    MemoryTracker.stop
    body.close
    assert_equal 1, log.requests.size
  end

  private

  def call_without_finishing(body)
    middleware(->(_env) { [ 200, {}, body ] }).call(Rack::MockRequest.env_for("/"))
  end

  def monotonic = Process.clock_gettime(Process::CLOCK_MONOTONIC)
end
