# frozen_string_literal: true

require_relative "../test_helper"

# What of retention sampling can be asked for, refused and looked at.
class RetentionOptionTest < RetentionTest
  KEPT = []

  def teardown
    KEPT.clear
    super
  end

  def test_switched_off_nothing_is_sampled
    server = serving_unchecked(->(env) { KEPT << Object.new; ok.call(env) }, retention: false)
    20.times { server.get("/work") }
    MAJOR_COLLECTIONS.times { GC.start }
    assert_equal({ process: { verdict: :unknown, major_gcs: 0 }, endpoints: [] }, MemoryTracker.report)
    assert_equal [ false, 0, 0 ], MemoryTracker.stats[:retention].values_at(:mode, :samples, :followed)
  end

  def test_before_anything_was_tracked_there_is_a_report
    assert_equal [], MemoryTracker.report[:endpoints]
    serving(ok)
    assert_equal [], MemoryTracker.report[:endpoints]
  end

  def test_stats
    drive(retaining { KEPT << Object.new }, "/work", 10)
    stats = MemoryTracker.stats[:retention]
    assert_equal [ 1.0, 0, nil ], stats.values_at(:mode, :in_flight, :refused)
    assert_operator stats[:samples], :>=, 10
    assert_operator stats[:cost_ms], :>, 0
    assert_includes 0.0..1.0, stats[:share]
  end

  def test_a_rate_samples_about_that_share
    server = retaining(retention: 0.2) { nil }
    400.times { |number| server.get("/work"); 3.times { GC.start } if number % 100 == 99 }
    assert_in_delta 80, MemoryTracker.stats[:retention][:samples], 45
  end

  def test_endpoints_without_a_framework_are_the_shapes_of_their_paths
    server = serving_unchecked(ok, retention: 1.0)
    20.times { |number| server.get("/orders/#{number}/edit") }
    look
    assert_equal [ "/afterwards", "/orders/{id}/edit" ], MemoryTracker.report[:endpoints].map { |each| each[:endpoint] }.sort
  end

  def test_a_verdict_becomes_a_line
    server = retaining { Object.new }
    # The study tells the writer once a second, when a request asks.
    line = eventually(within: 30, what: "the line") do
      drive(server, "/work", 40)
      MemoryTracker.flush
      log.lines.find { |each| each["event"] == "retention" && each["endpoint"] == "/work" }
    end
    assert_equal [ "INFO", "clean", 0.0 ], [ line["level"], line["verdict"], line["kept_objects"]["mean"] ]
    assert_equal :clean, endpoint_of("/work")[:verdict]
  end

  def test_refused_while_ractors_are_in_use
    result = ChildProcess.run!(<<~'RUBY')
      Warning[:experimental] = false
      server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: File::NULL, retention: 1.0))
      tell = -> { MemoryTracker.stats.then { |stats| [ stats[:retention].values_at(:samples, :refused), stats[:degraded] ] } }
      server.get("/")
      before = tell.call
      ractor = Ractor.new { Ractor.receive }
      3.times { server.get("/") }
      meanwhile = tell.call
      ractor.send(:done)
      Ractor.method_defined?(:value) ? ractor.value : ractor.take
      Eventually.eventually(what: "the end of the Ractor") { Ractor.count == 1 }
      server.get("/")
      puts JSON.generate([ before, meanwhile, tell.call ])
    RUBY
    before, meanwhile, afterwards = JSON.parse(result.out)
    assert_equal [ [ 1, nil ], [] ], before
    assert_equal 1, meanwhile[0][0]
    assert_match(/Ractors/, meanwhile[0][1])
    assert_match(/Ractors/, meanwhile[1].join)
    assert_equal [ [ 2, nil ], [] ], afterwards
    assert_equal 1, result.err.scan("Ractors").size, result.err
  end
end
