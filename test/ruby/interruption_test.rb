# frozen_string_literal: true

require_relative "../test_helper"

# An exception from outside (Timeout, Thread#raise, a signal) at any moment of thousands of short requests: it
# arrives, no request stays in flight, and each that reached the application has exactly one line.
class InterruptionTest < Minitest::Test
  INTERRUPTS = 500

  SCRIPT = <<~'RUBY'
    require ARGV[1]
    kind, response_finished = ARGV[2], ARGV[3] == "response_finished"
    entered = Hash.new(0)
    application = lambda do |env|
      entered[env["PATH_INFO"]] += 1
      KEPT << ("x" * 200_000) if kind == "on_threshold"
      KEPT.clear if KEPT.size > 200
      raise ArgumentError, "the application's own" if kind == "raising"
      MemoryTracker.track(env["PATH_INFO"]) { entered["block"] += 1 } if kind == "nested"
      [ 200, {}, [ "ok" ] ]
    end
    options = { log_file: ARGV[0], queue_size: 1 << 16, flush_interval: 0.02 }
    options[:log_query] = true if kind == "log_query"
    options[:object_counts] = true if kind == "object_counts"
    options.merge!(threshold: 0.05, on_threshold: ->(line) { line.size }) if kind == "on_threshold"
    server = InProcessServer.new(MemoryTracker::Middleware.new(application, **options), response_finished: response_finished)
    # Made before the exceptions come: Ruby's own URI swallows some of them.
    request = ->(path) { Rack::MockRequest.env_for("#{path}?page=7") }
    serve = lambda do |env|
      if kind == "block"
        path = env["PATH_INFO"]
        MemoryTracker.track(path, fields: { page: 7 }) { entered[path] += 1 }
      else
        server.serve(env)
      end
    rescue ArgumentError
      nil
    end
    3.times { serve.call(request.call("/warm-up")) }

    interrupter = Interrupter.new
    number = 0
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 40
    while interrupter.raised < Integer(ARGV[4]) && Process.clock_gettime(Process::CLOCK_MONOTONIC) < deadline
      env = request.call("/#{number += 1}")
      interrupter.expose { serve.call(env) }
    end
    interrupter.stop
    serve.call(request.call("/next"))
    in_flight = MemoryTracker.stats[:in_flight]
    Thread.new { serve.call(request.call("/on-another-thread")) }.join
    dropped = MemoryTracker.stats[:dropped]
    MemoryTracker.stop(timeout: 10)
    puts JSON.generate(entered: entered, raised: interrupter.raised, arrived: interrupter.arrived, in_flight: in_flight, dropped: dropped)
  RUBY

  Measurement = Struct.new(:told, :lines)

  # Each is played once, and looked at from several sides.
  class Variant
    include MeasuredOnce

    def initialize(*arguments)
      @arguments = arguments
    end

    def measure
      Dir.mktmpdir do |folder|
        log = File.join(folder, "log")
        support = File.expand_path("../support/interrupter.rb", __dir__)
        told = ChildProcess.run!(Stage::PRELUDE + SCRIPT, arguments: [ log, support, *@arguments, INTERRUPTS ]).json
        lines = TrackerLog.new(log).lines.select { |line| line.key?("scope") }
        Measurement.new(told, lines.group_by { |line| line["name"] || line["url"][/[^?]*/] })
      end
    end
  end

  VARIANTS = [
    %w[plain response_finished], %w[plain body_wrapper], %w[log_query response_finished], %w[object_counts body_wrapper],
    %w[on_threshold response_finished], %w[raising response_finished], %w[nested body_wrapper], %w[block alone]
  ].freeze

  VARIANTS.each do |kind, finish|
    variant = Variant.new(kind, finish)
    name = "#{kind}_by_#{finish}"

    define_method("test_the_exception_always_arrives_#{name}") do
      told = variant.measured.told
      assert_operator told["raised"], :>=, INTERRUPTS
      assert_equal told["raised"], told["arrived"]
    end

    define_method("test_nothing_stays_in_flight_#{name}") do
      assert_equal 0, variant.measured.told["in_flight"]
      after = variant.measured.lines.fetch("/on-another-thread").last
      assert_equal [ "exclusive", 0, 1 ], after.values_at("scope", "overlap", "in_flight")
    end

    define_method("test_each_has_exactly_one_line_#{name}") do
      told, lines = variant.measured.to_a
      assert_equal 0, told["dropped"]
      entered = told["entered"].except("/warm-up", "block")
      assert_operator entered.size, :>, 10, "most were interrupted somewhere, some before the application"
      allowed = kind == "nested" ? [ 1, 2 ] : [ 1 ] # the request's own, and its block's
      wrong = entered.keys.reject { |path| allowed.include?(lines.fetch(path, []).size) }
      assert_empty wrong.to_h { |path| [ path, lines.fetch(path, []).size ] }
      assert_empty lines.select { |_, found| found.size > 2 }.keys - [ "/warm-up" ]
    end
  end
end
