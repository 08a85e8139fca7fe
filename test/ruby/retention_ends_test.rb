# frozen_string_literal: true

require_relative "../test_helper"

# However a sampled request ends, what it kept is told, nothing of it stays in flight, and the next ones are
# sampled as well.
class RetentionEndsTest < RetentionTest
  KEPT = []

  # More than can be sampled at the same time.
  REQUESTS = 100

  def teardown
    KEPT.clear
    super
  end

  def test_one_that_raises
    server = retaining { KEPT << Object.new; raise ArgumentError, "the application's own" }
    REQUESTS.times { assert_raises(ArgumentError) { server.get("/work") } }
    look
    assert_kept 1, report_of("/work")
    assert_none_in_flight
  end

  def test_one_that_throws
    server = retaining { KEPT << Object.new; throw :out }
    REQUESTS.times { catch(:out) { server.get("/work") } }
    look
    assert_kept 1, report_of("/work")
    assert_none_in_flight
  end

  def test_one_whose_connection_is_hijacked
    application = lambda do |env|
      env["rack.hijack"].call
      KEPT << Object.new
      [ -1, {}, [] ]
    end
    server = serving_unchecked(application, retention: 1.0)
    drive_with(REQUESTS) { server.get("/work", "rack.hijack?" => true, "rack.hijack" => -> { StringIO.new }) }
    assert_kept 1, report_of("/work")
    assert_none_in_flight
  end

  def test_one_whose_body_is_closed_by_another_thread
    middleware = middleware(->(_env) { KEPT << Object.new; [ 200, {}, [ "ok" ] ] }, retention: 1.0)
    drive_with(30) do
      body = middleware.call(Rack::MockRequest.env_for("/work"))[2]
      Thread.new { KEPT << Object.new; body.close }.join
    end
    # The other thread's is not the request's.
    assert_kept 1, report_of("/work")
    assert_none_in_flight
  end

  def test_one_whose_body_nobody_closes
    middleware = middleware(->(_env) { KEPT << Object.new; [ 200, {}, [ "ok" ] ] }, retention: 1.0)
    drive_with(REQUESTS) { middleware.call(Rack::MockRequest.env_for("/work")) }
    assert_kept 1, report_of("/work")
    assert_operator MemoryTracker.stats[:retention][:in_flight], :<=, 1
  end

  def test_objects_of_other_threads_and_fibers_do_not_count
    server = retaining do
      KEPT << Object.new
      Thread.new { 20.times { KEPT << "another thread's" + "" } }.join
      Fiber.new { 20.times { KEPT << "another fiber's" + "" } }.resume
    end
    drive(server, "/work", 20)
    report = report_of("/work")
    assert_equal "Object", report[:sites].first[:class]
    assert_kept 1, report, within: 0.5
  end

  def test_several_at_the_same_time_on_threads_of_their_own
    server = serving_unchecked(lambda do |env|
      count = Integer(env["PATH_INFO"][/\d+/])
      count.times { Thread.pass; KEPT << Object.new }
      ok.call(env)
    end, retention: 1.0)
    paths = { "/one/1x" => 1, "/four/4x" => 4, "/nine/9x" => 9 }
    threads = paths.keys.map { |path| Thread.new { 15.times { server.get(path) } } }
    threads.each(&:join)
    look
    paths.each { |path, count| assert_kept count, report_of(path) }
    assert_none_in_flight
  end

  def test_a_block_within_a_request_counts_in_both
    server = retaining do
      KEPT << Object.new
      MemoryTracker.track("inner") { 2.times { KEPT << Object.new } }
    end
    drive(server, "/work", 30)
    assert_kept 3, report_of("/work"), within: 0.3
    assert_kept 2, report_of("inner")
    assert_none_in_flight
  end

  def test_a_job
    retaining # makes the tracker
    drive_with(20) { MemoryTracker.tracker.track_job("ImportJob", { jid: "1" }) { KEPT << Object.new } }
    assert_kept 1, report_of("ImportJob")
  end

  def test_stopped_while_one_is_in_flight
    server = retaining { KEPT << Object.new; MemoryTracker.stop }
    server.get("/work")
    assert_empty MemoryTracker.report[:endpoints]
    server = retaining { KEPT << Object.new }
    drive(server, "/work", 10)
    assert_kept 1, report_of("/work")
  end

  def test_a_child_that_is_forked_within_one_starts_afresh
    told = ChildProcess.run!(<<~RUBY).out.lines.to_h { |line| line.split(":", 2) }
      KEPT = []
      tell = ->(name) do
        4.times { GC.start }
        report = MemoryTracker.report[:endpoints].to_h { |each| [ each[:endpoint], each[:kept_objects][:mean].round(1) ] }
        puts "\#{name}:\#{JSON.generate(kept: report, **MemoryTracker.stats[:retention].slice(:in_flight, :samples))}"
        $stdout.flush
      end
      server = nil
      application = lambda do |env|
        if env["PATH_INFO"] == "/fork"
          KEPT << Object.new
          child = fork do
            5000.times { KEPT << Object.new }
            20.times { server.get("/child") }
            5.times { server.get("/afterwards") }
            tell.call("child")
            exit!(0)
          end
          Process.wait(child)
          raise "the child ended with \#{$?}" unless $?.success?
        elsif env["PATH_INFO"] == "/child"
          3.times { KEPT << Object.new }
        end
        [ 200, {}, [ "ok" ] ]
      end
      server = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: File::NULL, retention: 1.0))
      server.get("/fork")
      20.times { server.get("/child") }
      5.times { server.get("/afterwards") }
      tell.call("parent")
    RUBY
    child = JSON.parse(told.fetch("child"))
    assert_in_delta 3, child["kept"]["/child"], 0.5
    assert_equal [ 0, 25 ], child.values_at("in_flight", "samples")
    refute_includes child["kept"], "/fork"
    parent = JSON.parse(told.fetch("parent"))
    assert_in_delta 3, parent["kept"]["/child"], 0.5
    assert_equal [ 0, 26 ], parent.values_at("in_flight", "samples")
    assert_operator parent["kept"]["/fork"], :>=, 1
  end

  def test_the_lines_of_sampled_requests_say_what_those_of_others_say
    allocated = [ false, 1.0 ].map do |retention|
      application = ->(env) { MemoryTracker.track("inner") { Object.new }; ok.call(env) }
      server = serving_unchecked(application, retention: retention)
      30.times { server.get("/work") }
      GC.disable
      10.times { server.get("/work") }
      GC.enable
      lines = flushed_requests.last(10).map { |line| line["allocated_objects"] }
      MemoryTracker.stop
      lines
    end
    assert_equal(*allocated.map { |lines| lines.tally.max_by(&:last).first })
  end

  private

  def drive_with(requests, &request)
    requests.times(&request)
    look
  end

  def assert_none_in_flight
    assert_equal 0, MemoryTracker.stats[:retention][:in_flight]
  end
end
