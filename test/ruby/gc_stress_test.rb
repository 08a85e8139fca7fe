# frozen_string_literal: true

require_relative "../test_helper"

# A collection at every allocation, and every object moved: in processes of their own, since what they
# look for ends the process.
class GcStressTest < TrackerTest
  PREPARE = <<~'RUBY'
    warnings = []
    kept = [] # what a collection frees within a request is not its growth
    application = lambda do |env|
      raise ArgumentError, "broken" if env["PATH_INFO"] == "/broken"

      kept << ("x" * (40 << 20)) if env["PATH_INFO"] == "/heavy"
      [ 200, { "content-type" => "text/plain" }, [ "ok" ] ]
    end
    make = ->(**options) { MemoryTracker::Middleware.new(application, log_file: ARGV[0], **options) }
    tracked = make.call(threshold: 20, object_counts: true, gc_stats: %i[count], fields: { service: "shop" }, on_threshold: ->(w) { warnings << w })
    # Made before the stress: an environment takes hundreds of objects, and each of them a collection.
    environments = Array.new(40) { [ "/orders/1", "/broken", "/heavy" ].map { |path| Rack::MockRequest.env_for(path) } }
    visit = lambda do |server|
      environments.shift.each do |env|
        server.serve(env)
      rescue ArgumentError => error
        raise unless error.message == "broken"
      end
    end
    servers = [ true, false ].map { |finished| InProcessServer.new(tracked, response_finished: finished) }
    servers.first.get("/first") unless ARGV[1] == "cold"
    refuse = lambda do
      make.call(threshold: -1)
      raise "not refused"
    rescue MemoryTracker::ConfigurationError => error
      raise "wrong message" unless error.message.include?("threshold")
    end
  RUBY

  def test_stress
    run_child(<<~'RUBY')
      GC.auto_compact = false # four times the time; the tests below move the objects
      GC.stress = true
      servers.each { |server| visit.call(server) }
      refuse.call
      MemoryTracker.stats
      MemoryTracker.flush(timeout: 5)
      GC.stress = false
      servers.each { |server| visit.call(server) }
    RUBY
    assert_equal 13, log.requests.size
    assert_equal [ "shop" ], log.lines.map { |line| line["service"] }.uniq
    assert_equal 4, log.warnings.size
  end

  def test_stress_around_the_first_request
    run_child(<<~'RUBY', "cold")
      GC.auto_compact = false
      GC.stress = true
      visit.call(servers.first)
      GC.stress = false
    RUBY
    assert_equal 3, log.requests.size
  end

  def test_errors_and_requests_after_every_object_was_moved
    run_child(<<~'RUBY')
      servers.each { |server| visit.call(server) }
      2.times do
        GC.verify_compaction_references(toward: :empty, **(RUBY_VERSION < "3.2" ? { double_heap: true } : { expand_heap: true }))
        refuse.call
        servers.each { |server| visit.call(server) }
      end
      MemoryTracker.stats
    RUBY
    assert_equal 19, log.requests.size
    assert_equal 6, log.warnings.size
  end if GC.respond_to?(:verify_compaction_references)

  def test_compaction_before_the_first_middleware_is_built
    ChildProcess.run!(<<~'RUBY', arguments: [ log_path ])
      GC.compact
      tracked = MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: ARGV[0])
      InProcessServer.new(tracked).get("/")
      GC.compact
      InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: ARGV[0], threshold: 77)).get("/")
      MemoryTracker.stop
    RUBY
    assert_equal 2, log.requests.size
  end if GC.respond_to?(:compact)

  def test_compaction_with_requests_in_flight
    run_child(<<~'RUBY')
      inside = Queue.new
      go_on = Queue.new
      tracked = MemoryTracker::Middleware.new(->(env) { inside << true; go_on.pop; [ 200, {}, [] ] }, log_file: ARGV[0])
      servers = [ true, false ].map { |finished| InProcessServer.new(tracked, response_finished: finished) }
      threads = servers.cycle.first(6).each_with_index.map { |server, number| Thread.new { server.get("/in-flight/#{number}") } }
      6.times { inside.pop }
      GC.compact
      GC.start
      6.times { go_on << true }
      threads.each(&:join)
    RUBY
    assert_equal [ "/first", *(0..5).map { |number| "/in-flight/#{number}" } ], log.requests.map { |line| line["url"] }.sort
  end if GC.respond_to?(:compact)

  def test_trackers_that_nobody_holds_are_collected_or_kept_but_never_crash
    run_child(<<~'RUBY')
      20.times do |number|
        server = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: ARGV[0], threshold: 50 + number))
        server.get("/")
        server = nil
        GC.start
      end
    RUBY
    assert_equal 21, log.requests.size
  end

  private

  def run_child(script, *arguments)
    ChildProcess.run!("#{PREPARE}#{script}MemoryTracker.stop\n", arguments: [ log_path, *arguments ], within: 90)
  end
end
