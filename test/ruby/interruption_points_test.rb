# frozen_string_literal: true

require_relative "../test_helper"

# An exception, or the end of the thread, at every single point of a request that Ruby can stop at: each event of a
# TracePoint, one request and one thread for each. Then Timeout, as applications use it.
class InterruptionPointsTest < Minitest::Test
  SCRIPT = <<~'RUBY'
    class Interrupted < StandardError; end
    EVENTS = %i[line call return c_call c_return b_call b_return].freeze
    way, response_finished = ARGV[1], ARGV[2] == "response_finished"
    entered = Hash.new(0)
    application = lambda do |env|
      entered[env["PATH_INFO"]] += 1
      [ 200, {}, [ "ok" ] ]
    end
    middleware = MemoryTracker::Middleware.new(application, log_file: ARGV[0], queue_size: 4096, object_counts: true,
                                                            log_query: ARGV[3] == "log_query")
    server = InProcessServer.new(middleware, response_finished: response_finished)
    request = ->(path) { Rack::MockRequest.env_for("#{path}?page=7") }
    3.times { server.serve(request.call("/warm-up")) }

    # Ends the request at its n-th event, and says where that was.
    serve_until = lambda do |number, env|
      events = 0
      place = nil
      here = Thread.current
      stopper = TracePoint.new(*EVENTS) do |point|
        next unless Thread.current.equal?(here) && (events += 1) == number

        here[:place] = place = "#{point.event} #{point.method_id} #{File.basename(point.path)}:#{point.lineno}"
        way == "kill" ? here.kill : here.raise(Interrupted)
      end
      arrived = false
      begin
        stopper.enable { server.serve(env) }
      rescue Interrupted
        arrived = true
      end
      [ events, place, arrived ]
    end

    total, = serve_until.call(-1, request.call("/counted"))
    swallowed, leaks = [], []
    before = MemoryTracker.stats[:in_flight]
    1.upto(total) do |number|
      env = request.call("/#{number}")
      thread = Thread.new do
        events, place, arrived = serve_until.call(number, env)
        swallowed << place if place && !arrived
        server.serve(request.call("/next"))
      end
      thread.report_on_exception = false
      thread.join
      # Whoever was killed has no next request; its answered ones end at the stop.
      next if way == "kill"

      in_flight = MemoryTracker.stats[:in_flight]
      leaks << thread[:place] if in_flight > before
      before = in_flight
    end
    MemoryTracker.stop(timeout: 10)
    # Another tracker of the same process: what the first one left behind would show.
    afterwards = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: ARGV[0]))
    afterwards.get("/afterwards")
    in_flight = MemoryTracker.stats[:in_flight]
    puts JSON.generate(entered: entered, points: total, swallowed: swallowed, leaks: leaks, in_flight: in_flight)
  RUBY

  %w[raise kill].product(%w[response_finished body_wrapper]).each do |way, finish|
    define_method("test_#{way}_at_every_point_by_#{finish}") do
      told, lines = played(SCRIPT, way, finish)
      assert_operator told["points"], :>, 40
      assert_empty told["swallowed"], "there the exception did not arrive"
      assert_empty told["leaks"], "there a request stayed in flight"
      assert_equal 0, told["in_flight"]
      assert_equal [ "exclusive", 0, 1 ], lines.fetch("/afterwards").first.values_at("scope", "overlap", "in_flight")
      entered = told["entered"].keys - %w[/warm-up /next]
      assert_operator entered.size, :>, 20
      assert_empty entered.to_h { |path| [ path, lines.fetch(path, []).size ] }.reject { |_, count| count == 1 }
    end
  end

  # What the tracker does in Ruby itself, and guards against its own errors.
  def test_raise_at_every_point_while_the_query_string_is_filtered
    told, = played(SCRIPT, "raise", "response_finished", "log_query")
    assert_empty told["swallowed"], "there the exception did not arrive"
  end

  TIMEOUTS = <<~'RUBY'
    require "timeout"
    entered = Hash.new(0)
    application = lambda do |env|
      entered[env["PATH_INFO"]] += 1
      sleep(0.0004)
      [ 200, {}, Enumerator.new { |body| 3.times { body << "chunk"; sleep(0.0002) } } ]
    end
    server = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: ARGV[0], queue_size: 4096),
                                 response_finished: ARGV[1] == "response_finished")
    server.get("/next") # loads what is loaded late
    random = Random.new(7)
    timed_out = Array.new(4) do |thread|
      Thread.new do
        Array.new(100) do |number|
          env = Rack::MockRequest.env_for("/#{thread}/#{number}")
          Timeout.timeout(0.0001 + random.rand * 0.002) { server.serve(env) } && nil
        rescue Timeout::Error
          "/#{thread}/#{number}"
        end.tap { server.get("/next") }
      end
    end.flat_map(&:value).compact
    in_flight = MemoryTracker.stats[:in_flight]
    MemoryTracker.stop(timeout: 10)
    puts JSON.generate(entered: entered, timed_out: timed_out, in_flight: in_flight)
  RUBY

  %w[response_finished body_wrapper].each do |finish|
    define_method("test_timeouts_by_#{finish}") do
      told, lines = played(TIMEOUTS, finish)
      assert_operator told["timed_out"].size, :>, 40
      assert_operator told["timed_out"].size, :<, 400
      assert_equal 0, told["in_flight"]
      entered = told["entered"].keys - %w[/next]
      assert_empty entered.to_h { |path| [ path, lines.fetch(path, []).size ] }.reject { |_, count| count == 1 }
      assert_equal lines.values.flatten.map { |line| line["seq"] }.sort, (1..lines.values.sum(&:size)).to_a
    end
  end

  private

  def played(script, *arguments)
    Dir.mktmpdir do |folder|
      log = File.join(folder, "log")
      told = ChildProcess.run!(script, arguments: [ log, *arguments ]).json
      [ told, TrackerLog.new(log).requests.group_by { |line| line["url"][/[^?]*/] } ]
    end
  end
end
