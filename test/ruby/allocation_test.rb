# frozen_string_literal: true

require_relative "../test_helper"

# How many Ruby objects the tracker makes per request: counted, not timed. In a process of its own, where
# nothing else allocates.
class AllocationTest < Minitest::Test
  REQUESTS = 2_000

  SCRIPT = <<~'RUBY'
    log_file, response_finished, count, with_database = ARGV
    count = Integer(count)
    if with_database == "true"
      require "active_record"
      ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
      ActiveRecord::Base.connection.enable_query_cache!
      ActiveRecord::Base.connection.select_all("SELECT 1")
    end
    answer = [ 200, {}.freeze, [ "ok" ].freeze ].freeze
    bare = ->(_env) { answer }
    # A request that is sampled for what it keeps makes objects. At this rate none will be, but each could.
    tracked = MemoryTracker::Middleware.new(bare, log_file: log_file, retention: 1e-9)

    # A server makes an environment for each request.
    prototype = Rack::MockRequest.env_for("/orders/42", "HTTP_X_REQUEST_ID" => "some-id")
    drive =
      if response_finished == "true"
        lambda do |application|
          env = prototype.dup
          callbacks = env["rack.response_finished"] = []
          status, headers, = application.call(env)
          callbacks.each { |callback| callback.call(env, status, headers, nil) }
        end
      else
        lambda do |application|
          body = application.call(prototype.dup)[2]
          body.close if body.respond_to?(:close)
        end
      end
    measure = lambda do |application|
      before = GC.stat(:total_allocated_objects)
      count.times { drive.call(application) }
      GC.stat(:total_allocated_objects) - before
    end

    2_500.times { drive.call(tracked) }
    GC.start
    GC.disable
    measure.call(bare)
    measure.call(tracked)
    puts JSON.generate(bare: measure.call(bare), tracked: measure.call(tracked), requests: MemoryTracker.stats[:requests])
  RUBY

  [ false, true ].each do |database|
    suffix = database ? "_with_a_database_connection_in_use" : ""

    define_method("test_no_object_with_response_finished#{suffix}") do
      assert_equal 0, objects_per_request(response_finished: true, database: database)
    end

    define_method("test_at_most_two_with_a_body_wrapper#{suffix}") do
      assert_operator objects_per_request(response_finished: false, database: database), :<=, 2
    end
  end

  private

  def objects_per_request(response_finished:, database:)
    counted = ChildProcess.run!(SCRIPT, arguments: [ File::NULL, response_finished, REQUESTS, database ]).json
    assert_operator counted["requests"], :>=, 2 * REQUESTS, "the requests were tracked"
    (counted["tracked"] - counted["bare"]) / REQUESTS.to_f
  end
end
