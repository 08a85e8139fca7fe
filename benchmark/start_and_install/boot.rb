# frozen_string_literal: true

# What an application's start gains in time, from the require to the end of the first request: prints
# milliseconds. The rest of a Rack application is loaded before.

require "json"
require "logger"
require "rack"

def milliseconds(clock)
  before = Process.clock_gettime(clock)
  yield
  (Process.clock_gettime(clock) - before) * 1000
end

parts = [ "hello" ].freeze
application = ->(_env) { [ 200, {}, parts ] }
env = Rack::MockRequest.env_for("/").merge("rack.response_finished" => [])
application.call(env.dup)

found = {}
found["wall_ms"] = milliseconds(Process::CLOCK_MONOTONIC) do
  found["cpu_ms"] = milliseconds(Process::CLOCK_PROCESS_CPUTIME_ID) do
    found["require_ms"] = milliseconds(Process::CLOCK_MONOTONIC) { require "memory_tracker" }
    status, headers, = MemoryTracker::Middleware.new(application, log_file: File::NULL).call(env)
    env["rack.response_finished"].each { |finished| finished.call(env, status, headers, nil) }
  end
end
puts JSON.generate(found)
