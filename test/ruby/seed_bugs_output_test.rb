# frozen_string_literal: true

require_relative "../test_helper"
require "minitest/mock"

# Numbers 8 to 14 of what seed_bugs_test.rb begins: databases, lines, threads, forks.
class SeedBugsOutputTest < TrackerTest
  def test_bug_8_no_database_connection_is_leased
    result = ChildProcess.run!(<<~'RUBY', arguments: [ log_path ])
      require "active_record"
      server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "served" ] ] }, log_file: ARGV[0]))
      print server.get("/").text # no database is configured
      ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
      print server.get("/").text, ActiveRecord::Base.connection_pool.stat.values_at(:connections, :busy).inspect
    RUBY
    assert_equal "servedserved[0, 0]", result.out
  end

  def test_bug_9_each_line_is_json_and_nothing_else
    serving(ok).get("/")
    flushed_requests
    log.bytes.each_line { |line| assert_equal "{", line[0] }
  end

  def test_bug_10_the_query_string_is_not_in_the_url
    serving_unchecked(ok).get("/orders?token=hunter2", REQUEST_URI: "/orders?token=hunter2")
    assert_equal "/orders", only_request["url"]
    refute_includes log.bytes, "hunter2"
  end

  def test_bug_11_the_time_is_monotonic_and_the_applications
    jumping = Process.method(:clock_gettime)
    application = lambda do |env|
      # A wall clock that jumps an hour within the request.
      Time.stub(:now, Time.at(0)) { ok.call(env) }
    end
    started = jumping.call(Process::CLOCK_MONOTONIC)
    serving_unchecked(application).get("/")
    elapsed = jumping.call(Process::CLOCK_MONOTONIC) - started
    assert_includes 0.0..elapsed, only_request["request_time"]
  end

  def test_bug_12_a_warning_has_its_route_data
    controller = Struct.new(:action_name)
    self.class.const_set(:OrdersController, controller) unless self.class.const_defined?(:OrdersController)
    application = lambda do |env|
      env["action_controller.instance"] = self.class::OrdersController.new("show")
      env["action_dispatch.request.path_parameters"] = { controller: "orders", action: "show", id: "7" }
      keep_new_pages
      ok.call(env)
    end
    serving_unchecked(application, threshold: 20).get("/orders/7", "action_dispatch.request_id": "id-7")
    line = only_request
    assert_equal [ "WARN", "GET", "/orders/7", "show", "id-7", 200 ],
                 line.values_at("level", "method", "url", "action", "request_id", "status")
    assert_match(/OrdersController\z/, line["controller"])
    refute_includes line.values, "N/A"
  end

  def test_bug_13_plain_rack_needs_no_rails
    script = <<~'RUBY'
      server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "served" ] ] }, log_file: ARGV[0]))
      print server.get("/").text
      print $LOADED_FEATURES.grep(%r{/(rails|active_support|active_record|memory_profiler|sys/proctable)(/|\.rb)}).size
      print [ :Rails, :ActiveRecord, :ActiveSupport ].select { |name| Object.const_defined?(name) }.inspect
    RUBY
    assert_equal "served0[]", ChildProcess.run!(script, arguments: [ log_path ]).out
  end

  def test_bug_14_no_collection_is_forced_or_forbidden
    server = serving_unchecked(ok)
    server.get("/")
    collections = GC.count
    100.times { server.get("/") }
    assert_operator GC.count - collections, :<=, 5
    refute GC.disable, "collections were allowed"
    refute GC.stress
  ensure
    GC.enable
  end

  def test_bug_14_a_streamed_body_is_inside
    body = Object.new
    test = self
    body.define_singleton_method(:each) { |&sink| test.send(:keep_new_pages); sink.call("x") }
    [ true, false ].each do |finished|
      server = serving_unchecked(->(_env) { [ 200, {}, body ] }, response_finished: finished)
      without_collections { server.get("/stream") }
    end
    flushed_requests.each { |line| assert_in_delta ALWAYS_NEW_PAGES_MB, line["memory_growth"], 1 }
  end

  def test_bug_14_first_requests_of_many_threads_open_one_log
    server = serving_unchecked(ok)
    gate = Queue.new
    threads = Array.new(8) { Thread.new { gate.pop; server.get("/") } }
    8.times { gate << true }
    threads.each(&:join)
    assert_equal 8, flushed_requests.size
    assert_equal (1..8).to_a, log.requests.map { |line| line["seq"] }.sort
    descriptors = Dir.children("/proc/self/fd").filter_map { |number| File.readlink("/proc/self/fd/#{number}") rescue nil }
    assert_equal 1, descriptors.count(log_path)
    assert_equal 1, log.events("started").size
  end

  def test_bug_14_a_forked_child_has_its_own_lines_and_numbers
    server = serving_unchecked(ok)
    server.get("/parent")
    children = Array.new(2) do
      fork do
        3.times { server.get("/child") }
        MemoryTracker.stop
        exit!(0)
      end
    end
    children.each { |pid| Process.wait(pid) }
    server.get("/parent")
    flushed_requests
    by_pid = log.requests.group_by { |line| line["pid"] }
    assert_equal [ Process.pid, *children ].sort, by_pid.keys.sort
    assert_equal [ 1, 2 ], by_pid[Process.pid].map { |line| line["seq"] }
    children.each { |pid| assert_equal [ 1, 2, 3 ], by_pid[pid].map { |line| line["seq"] } }
  end
end
