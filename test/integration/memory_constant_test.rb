# frozen_string_literal: true

require_relative "../test_helper"

# What the tracker itself costs a process in memory, and that it does not grow with the requests.
class MemoryConstantTest < Minitest::Test
  WARM_REQUESTS = 20_000
  ALL_REQUESTS = 200_000

  MEASURE = <<~'RUBY'
    prototype = Rack::MockRequest.env_for("/orders/42")
    answer = [ 200, {}, [ "ok" ] ]
    drive = lambda do |application, count|
      count.times do |number|
        # What a server would leave for the collector is not the tracker's memory.
        GC.start if number % 500 == 0
        env = prototype.dup
        callbacks = env["rack.response_finished"] = []
        status, headers, = application.call(env)
        callbacks.each { |callback| callback.call(env, status, headers, nil) }
      end
    end
    resident = lambda do
      2.times { GC.start }
      ProcessFigures.new.rss
    end
  RUBY

  def test_resident_size_is_constant_after_many_requests
    result = ChildProcess.run!(<<~RUBY, within: 120).json
      #{MEASURE}
      tracked = MemoryTracker::Middleware.new(->(_env) { answer }, log_file: "/dev/null")
      drive.call(tracked, #{WARM_REQUESTS})
      MemoryTracker.flush(timeout: 5)
      early = resident.call
      drive.call(tracked, #{ALL_REQUESTS - WARM_REQUESTS})
      MemoryTracker.flush(timeout: 5)
      puts JSON.generate(early: early, late: resident.call, requests: MemoryTracker.stats[:requests])
    RUBY
    assert_equal ALL_REQUESTS, result["requests"]
    assert_operator result["late"] - result["early"], :<, 1.0
  end

  def test_the_tracker_costs_less_than_six_megabytes
    script = <<~RUBY
      require "json"
      require "rack"
      require "rack/mock_request"
      require #{File.expand_path("../support/process_figures", __dir__).inspect}
      #{MEASURE}
      bare = ->(_env) { answer }
      drive.call(bare, #{WARM_REQUESTS})
      Math.exp(Math.log(2)) # Ruby's own mathematical library, which no application is without
      before = resident.call
      $LOAD_PATH.unshift #{ChildProcess::LIB.inspect}
      require "memory_tracker"
      tracked = MemoryTracker::Middleware.new(bare, log_file: "/dev/null")
      drive.call(tracked, #{WARM_REQUESTS})
      MemoryTracker.flush(timeout: 5)
      puts JSON.generate(before: before, after: resident.call, own_bytes: MemoryTracker.stats[:own_bytes])
    RUBY
    result = ChildProcess.run(script)
    assert_predicate result, :success?, result.err
    growth = result.json["after"] - result.json["before"]
    assert_operator growth, :<, 6
    assert_operator result.json["own_bytes"] / 1_048_576.0, :<=, growth + 1
  end

  def test_the_first_request_is_not_charged_for_the_trackers_own_memory
    Dir.mktmpdir do |folder|
      log = File.join(folder, "log")
      ChildProcess.run!(<<~RUBY, arguments: [ log ])
        #{MEASURE}
        drive.call(MemoryTracker::Middleware.new(->(_env) { answer }, log_file: ARGV[0]), 2)
        MemoryTracker.stop
      RUBY
      TrackerLog.new(log).requests.each { |line| assert_operator line["memory_growth"], :<, 0.5 }
    end
  end

  def test_no_thread_and_no_descriptor_is_left_behind_by_a_stop
    result = ChildProcess.run!(<<~RUBY).json
      #{MEASURE}
      census = -> { [ Dir.children("/proc/self/task").size, Dir.children("/proc/self/fd").size ] }
      life = lambda do
        drive.call(MemoryTracker::Middleware.new(->(_env) { answer }, log_file: "/dev/null"), 10)
        MemoryTracker.stop
      end
      life.call
      before = census.call
      10.times { life.call }
      puts JSON.generate(before: before, after: census.call)
    RUBY
    assert_equal result["before"], result["after"]
  end
end
