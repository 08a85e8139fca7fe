# frozen_string_literal: true

require_relative "../test_helper"

class ThresholdTest < TrackerTest
  def test_a_request_above_the_threshold_warns_and_says_by_what
    heavy(threshold: 20).get("/heavy/7", HTTP_X_REQUEST_ID: "abc")
    line = only_request
    assert_equal [ "WARN", 20, "/heavy/7", "/heavy/{id}", "GET", 200, "abc" ],
                 line.values_at("level", "threshold", "url", "route", "method", "status", "request_id")
    assert_operator line["attributed_growth"], :>, 20
    assert_equal 1, MemoryTracker.stats[:warnings]
  end

  def test_a_request_below_it_does_not
    heavy(threshold: 60).get("/")
    line = only_request
    assert_equal "INFO", line["level"]
    refute_includes line.keys, "threshold"
    assert_equal 0, MemoryTracker.stats[:warnings]
  end

  def test_on_threshold_is_called_after_the_response_of_a_request_that_warned
    [ true, false ].each do |response_finished|
      events = []
      body = body_reporting(events)
      application = ->(env) { keep_new_pages if env["PATH_INFO"] == "/heavy"; [ 200, {}, body ] }
      server = serving_unchecked(application, response_finished: response_finished, threshold: 20,
                                              on_threshold: ->(warning) { events << warning })
      server.get("/light")
      assert_equal [ :sent, :closed ], events
      without_collections { server.get("/heavy") }
      assert_equal [ :sent, :closed, :sent, :closed ], events.first(4)
      assert_equal 5, events.size
      warning = events.last
      assert_instance_of Hash, warning
      values = warning.transform_keys(&:to_s)
      assert_equal [ "/heavy", "GET", 200 ], values.values_at("url", "method", "status")
      assert_in_delta ALWAYS_NEW_PAGES_MB, values["attributed_growth"], 1
    end
  end

  def test_an_exception_in_on_threshold_changes_nothing
    [ true, false ].each do |response_finished|
      _, errors = capture_subprocess_io do
        response = heavy(threshold: 20, response_finished: response_finished, on_threshold: ->(_) { raise "callback is broken" }).get("/")
        assert_equal [ 200, "ok" ], [ response.status, response.text ]
      end
      assert_operator errors.scan("callback is broken").size, :<=, 1
    end
    assert_equal [ "WARN", "WARN" ], flushed_requests.map { |line| line["level"] }
  end

  def test_on_threshold_after_an_exception_of_the_application
    warnings = []
    application = ->(_env) { keep_new_pages; raise ArgumentError, "after growing" }
    server = serving_unchecked(application, threshold: 20, on_threshold: ->(warning) { warnings << warning })
    assert_raises(ArgumentError) { server.get("/") }
    assert_equal [ "WARN", "ArgumentError" ], only_request.values_at("level", "error")
    assert_equal 1, warnings.size
  end

  def test_the_environment_sets_the_threshold_of_a_middleware
    with_environment("MEMORY_TRACKER_THRESHOLD" => "60") { heavy.get("/") }
    assert_equal "INFO", only_request["level"]
  end

  private

  def heavy(response_finished: true, **options)
    serving(->(env) { keep_new_pages; ok.call(env) }, response_finished: response_finished, **options)
  end

  def body_reporting(events)
    body = Object.new
    body.define_singleton_method(:each) { |&sink| sink.call("x"); events << :sent }
    body.define_singleton_method(:close) { events << :closed }
    body
  end
end
