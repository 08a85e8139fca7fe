# frozen_string_literal: true

# What the middleware adds to a request, beside what Rack::Runtime adds to the same one.
#
#   bundle exec ruby -Ilib benchmark/request_path.rb [rounds]
#
# The variants take turns in one process, so that a slow moment of the machine hits all of them. Time is
# the thread's CPU time, and of all rounds the first decile counts: the rest is what other programs did.

require "etc"
require "fiddle"
require "rack"
require "rack/runtime"
require "tmpdir"

# A server in miniature: one environment per request, and the answer handled as Puma handles it.
class Driver
  TEMPLATE = {
    "REQUEST_METHOD" => "GET", "SCRIPT_NAME" => "", "PATH_INFO" => "/orders/1234", "QUERY_STRING" => "page=2",
    "REQUEST_PATH" => "/orders/1234", "REQUEST_URI" => "/orders/1234?page=2", "SERVER_NAME" => "localhost",
    "SERVER_PORT" => "3000", "SERVER_PROTOCOL" => "HTTP/1.1", "HTTP_VERSION" => "HTTP/1.1", "HTTP_HOST" => "localhost:3000",
    "HTTP_ACCEPT" => "*/*", "HTTP_USER_AGENT" => "benchmark", "HTTP_X_REQUEST_ID" => "6c1c5c1e-7a3f-4a43-8f5b-3a2f0b0d9e11",
    "REMOTE_ADDR" => "127.0.0.1", "rack.url_scheme" => "http", "rack.multithread" => true
  }.freeze

  def initialize(app, announces_end: true)
    @app = app
    @announces_end = announces_end
  end

  # Environments are used once, as in a server, and made before the clock starts.
  def environments(count)
    Array.new(count) do
      @announces_end ? TEMPLATE.merge("rack.response_finished" => []) : TEMPLATE.dup
    end
  end

  def answer(env)
    status, headers, body = @app.call(env)
    body.each { |_part| nil }
    body.close if body.respond_to?(:close)
    env["rack.response_finished"]&.reverse_each { |finished| finished.call(env, status, headers, nil) }
  end

  def serve(environments)
    environments.each { |env| answer(env) }
  end
end

# Rounds of requests through each variant in turn.
class Comparison
  REQUESTS = 200
  Result = Struct.new(:microseconds, :objects)

  # @param settle [Proc] called between rounds, off the clock
  def initialize(variants, rounds:, settle:)
    @variants = variants
    @rounds = rounds
    @settle = settle
  end

  def run
    @variants.each_value { |driver| 5.times { objects(driver) } }
    times = measure_times
    @variants.to_h { |name, driver| [ name, Result.new(first_decile(times[name]), objects(driver)) ] }
  end

  private
    def measure_times
      times = Hash.new { |hash, name| hash[name] = [] }
      @rounds.times do |round|
        @variants.to_a.rotate(round).each { |name, driver| times[name] << (time(driver) * 1_000_000 / REQUESTS) }
      end
      times
    end

    def time(driver)
      serve(driver) { Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) }
    end

    def objects(driver)
      serve(driver) { GC.stat(:total_allocated_objects) } / REQUESTS.to_f
    end

    # How far the block's value moved while the driver served one round.
    def serve(driver)
      environments = driver.environments(REQUESTS)
      GC.start(full_mark: false)
      GC.disable
      before = yield
      driver.serve(environments)
      yield - before
    ensure
      GC.enable
      @settle.call
    end

    def first_decile(values)
      values.sort[values.size / 10]
    end
end

# How many MB the process grew by from loading the tracker, and then after so many requests with it.
class OwnMemory
  # Few at a time: what is measured must not drown in the garbage of the benchmark itself.
  BATCH = 20
  MALLOC_TRIM = Fiddle::Function.new(Fiddle.dlopen(nil)["malloc_trim"], [ Fiddle::TYPE_SIZE_T ], Fiddle::TYPE_INT)

  def initialize(app, steps:)
    @app = app
    @steps = steps
  end

  def measure
    # Where the tracker lives, the heap has room for a few more classes without growing first.
    require "action_controller/railtie"
    ActionController::Base.name
    serve(Driver.new(@app), @steps.last)
    @before = resident
    require "memory_tracker"
    { "loaded" => growth }.merge(growth_while_serving)
  ensure
    MemoryTracker.stop
  end

  private
    def growth_while_serving
      driver = Driver.new(MemoryTracker::Middleware.new(@app, log_file: File::NULL))
      served = 0
      @steps.to_h do |requests|
        serve(driver, requests - served) { MemoryTracker.flush }
        served = requests
        [ "after #{requests} requests", growth ]
      end
    end

    def serve(driver, requests)
      (requests / BATCH).times do
        driver.serve(driver.environments(BATCH))
        yield if block_given?
      end
    end

    def growth = resident - @before

    # Free memory that malloc gives back now and then would be noise of some MB.
    def resident
      GC.start
      MALLOC_TRIM.call(0)
      File.read("/proc/self/statm").split[1].to_i * Etc.sysconf(Etc::SC_PAGESIZE) / 1_048_576.0
    end
end

rounds = [ Integer(ARGV.fetch(0, 200)), 80 ].max
parts = [ "hello" ].freeze
app = ->(_env) { [ 200, { "content-type" => "text/plain" }, parts ] }

growth = OwnMemory.new(app, steps: [ 1_000, 100_000, 1_000_000 ]).measure

Dir.mktmpdir do |folder|
  log = File.join(folder, "memory_tracker.log")
  tracked = MemoryTracker::Middleware.new(app, log_file: log)
  variants = {
    "bare application" => Driver.new(app),
    "Rack::Runtime" => Driver.new(Rack::Runtime.new(app)),
    "MemoryTracker::Middleware" => Driver.new(tracked),
    "the same, as body wrapper" => Driver.new(tracked, announces_end: false)
  }
  results = Comparison.new(variants, rounds: rounds, settle: -> { MemoryTracker.flush }).run
  stats = MemoryTracker.stats
  bare = results.fetch("bare application")
  runtime = results.fetch("Rack::Runtime").microseconds - bare.microseconds

  puts "Ruby #{RUBY_VERSION}, Rack #{Rack.release}, #{rounds} rounds of #{Comparison::REQUESTS} requests, first decile", ""
  puts format("%-28s %12s %12s %16s %12s", "", "µs/request", "µs added", "x Rack::Runtime", "objects added")
  results.each do |name, result|
    added = result.microseconds - bare.microseconds
    puts format("%-28s %12.2f %12.2f %16.2f %12.2f", name, result.microseconds, added, added / runtime, result.objects - bare.objects)
  end

  puts "", format("writer: %.1f µs of CPU per line (%d lines, %d dropped)",
    stats[:writer_cpu_ms] * 1000 / stats[:lines], stats[:lines], stats[:dropped])
  puts format("memory: %.2f MB in buffers and in the recorder", stats[:own_bytes] / 1_048_576.0)
  growth.each { |moment, megabytes| puts format("memory: the process grew by %.2f MB, %s", megabytes, moment) }
  MemoryTracker.stop
end
