# frozen_string_literal: true

# The fixed program whose instructions are counted: so many requests through the middleware, each with an
# environment of its own, as a server makes them. Within each and between any two it touches fresh memory:
# whether the process grew since the last reading, and whether a request follows closely enough to
# take the last one's, would else depend on valgrind and on the clock, and with them a few branches.
#
#   ruby -Ilib test/support/instructions/requests.rb COUNT

require "memory_tracker"

WARM_UP = 192
TEMPLATE = {
  "REQUEST_METHOD" => "GET", "SCRIPT_NAME" => "", "PATH_INFO" => "/orders/1234", "QUERY_STRING" => "page=2",
  "SERVER_NAME" => "localhost", "SERVER_PORT" => "3000", "SERVER_PROTOCOL" => "HTTP/1.1", "HTTP_VERSION" => "HTTP/1.1",
  "HTTP_HOST" => "localhost:3000", "HTTP_ACCEPT" => "*/*", "HTTP_USER_AGENT" => "valgrind",
  "HTTP_X_REQUEST_ID" => "6c1c5c1e-7a3f-4a43-8f5b-3a2f0b0d9e11", "REMOTE_ADDR" => "127.0.0.1",
  "rack.url_scheme" => "http", "rack.multithread" => true
}.freeze

answer = [ 200, { "content-type" => "text/plain" }.freeze, [ "hello" ].freeze ].freeze
touched = []
touch = -> { touched << ("x" * 262_144) }
application = lambda do |_env|
  touch.call
  answer
end
tracked = MemoryTracker::Middleware.new(application, log_file: File::NULL, object_counts: false,
                                        flush_interval: 3600, queue_size: 65_536, process_sample_interval: false)
count = WARM_UP + Integer(ARGV.fetch(0))
environments = Array.new(count) { TEMPLATE.merge("rack.response_finished" => []) }
GC.start
GC.disable
environments.each do |env|
  touch.call
  status, headers, = tracked.call(env)
  env["rack.response_finished"].each { |finished| finished.call(env, status, headers, nil) }
end
MemoryTracker.stop
