# frozen_string_literal: true

require_relative "../test_helper"

# The bugs, by number, of the Ruby middleware that people use today: each test shows that one of them is
# not in this one. Numbers 8 to 14 are in seed_bugs_output_test.rb.
class SeedBugsTest < TrackerTest
  def test_bug_1_the_threshold_is_megabytes_and_not_bytes
    application = lambda do |env|
      env["PATH_INFO"] == "/heavy" ? keep_new_pages : (@small = "x" * (2 * MEGABYTE))
      ok.call(env)
    end
    server = serving_unchecked(application, threshold: 20)
    server.get("/two-megabytes")
    server.get("/heavy")
    assert_equal %w[INFO WARN], flushed_requests.map { |line| line["level"] }
  end

  def test_bug_2_the_resident_size_is_neither_pages_nor_a_thousand_times_too_much
    truth = nil
    serving(->(env) { truth = ProcessFigures.new.rss; ok.call(env) }).get("/")
    assert_in_delta truth, only_request["memory_before"], 1
    assert_in_delta truth, only_request["memory_after"], 1.5
  end

  def test_bug_3_no_other_process_is_read
    trace = File.join(folder, "trace")
    script = ChildProcess::PREAMBLE + <<~'RUBY'
      server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [] ] }, log_file: ARGV[0], process_sample_interval: 0.05))
      server.get("/")
      Eventually.eventually { File.exist?(ARGV[0]) && File.read(ARGV[0]).include?('"process"') }
      100.times { server.get("/") }
      MemoryTracker.stop
    RUBY
    skip "strace is not installed" unless system("which strace", out: File::NULL, err: File::NULL)
    result = ChildProcess.command([ "strace", "-f", "-qq", "-e", "trace=openat,open", "-o", trace, RbConfig.ruby, "-e", script, log_path ])
    assert_predicate result.status, :success?, result.err
    opened = File.readlines(trace).filter_map { |line| line[%r{"/proc/(\d+)/}, 1] }.uniq
    tracer_threads = File.readlines(trace).map { |line| line[/\A\d+/] }.uniq
    assert_empty opened - tracer_threads
  end

  def test_bug_3_a_request_is_measured_in_microseconds
    server = serving_unchecked(ok)
    1_000.times { server.get("/") }
    flushed_requests
    assert_operator MemoryTracker.stats[:request_overhead_us], :<, 500, "the old one took 72,000"
  end

  def test_bug_4_a_request_that_reaches_no_controller_is_answered
    response = serving(ok).get("/favicon.ico")
    assert_equal [ 200, "ok" ], [ response.status, response.text ]
    line = only_request
    assert_equal [ "/favicon.ico", 200 ], line.values_at("url", "status")
    refute_includes line.keys, "controller"
  end

  def test_bug_4_an_unusable_controller_is_no_reason_to_fail
    [ nil, Object.new, BasicObject.new, "text" ].each do |controller|
      answer = serving_unchecked(ok).get("/", "action_controller.instance": controller, "action_dispatch.request.path_parameters": 5)
      assert_equal "ok", answer.text
    end
    assert_equal 4, flushed_requests.size
  end

  def test_bug_5_the_body_is_closed_whatever_the_tracker_does
    closed = 0
    body = [ "ok" ]
    body.define_singleton_method(:close) { closed += 1 }
    [ true, false ].each do |response_finished|
      serving_unchecked(->(_env) { [ 200, {}, body ] }, response_finished: response_finished).get("/missing.css")
    end
    assert_equal 2, closed
  end

  def test_bug_6_an_application_that_raises_has_its_line
    server = serving_unchecked(->(_env) { raise ArgumentError, "broken" })
    assert_raises(ArgumentError) { server.get("/orders/1") }
    assert_equal [ "/orders/1", "ArgumentError" ], only_request.values_at("url", "error")
  end

  def test_bug_6_an_error_of_the_tracker_never_replaces_the_answer
    broken = Object.new
    %i[to_s to_str class name action_name [] fetch key? to_ary].each { |name| broken.define_singleton_method(name) { |*| raise "broken" } }
    [ "action_dispatch.request_id", "action_controller.instance", "action_dispatch.request.path_parameters", "HTTP_X_REQUEST_ID",
      "action_dispatch.route_uri_pattern" ].each do |name|
      assert_equal "ok", serving_unchecked(ok).get("/", name => broken).text, name
    end
    assert_equal 5, flushed_requests.size
  end

  def test_bug_7_the_request_id_is_the_one_in_the_environment
    FileUtils.mkdir_p(File.join(folder, "log"))
    File.write(File.join(folder, "log", "development.log"), "[other-request] Completed 200 OK\n")
    Dir.chdir(folder) { serving(ok).get("/", "action_dispatch.request_id": "the-right-one") }
    assert_equal "the-right-one", only_request["request_id"]
  end
end
