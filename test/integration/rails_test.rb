# frozen_string_literal: true

require_relative "../test_helper"

# The real Rails application on a real Puma: one server for all of these tests, since each looks only at
# the lines of its own requests.
class RailsTest < Minitest::Test
  UUID = /\A\h{8}-\h{4}-\h{4}-\h{4}-\h{12}\z/

  extend MeasuredOnce
  include Eventually

  class << self
    def measure
      @folder = Dir.mktmpdir("memory_tracker")
      @server = DummyServer.new(@folder)
    end

    def stop
      @server&.stop
      FileUtils.remove_entry(@folder) if @folder
    end
  end

  Minitest.after_run { stop }

  def test_a_controllers_request_has_its_route_data
    get("/orders/1")
    assert_equal [ "GET", "OrdersController", "show", "/orders/:id", 200 ],
                 values("/orders/1", "method", "controller", "action", "route", "status")
  end

  def test_the_request_id_is_the_one_of_the_response
    response = get("/orders")
    assert_match UUID, response["x-request-id"]
    line = eventually_line("/orders") { |candidate| candidate["request_id"] == response["x-request-id"] }
    assert_equal [ "GET", "index" ], line.values_at("method", "action")
  end

  def test_a_request_id_that_the_client_gave
    get("/orders/2", x_request_id: "from-the-proxy-7")
    assert_equal "from-the-proxy-7", server.line_of("/orders/2")["request_id"]
  end

  def test_a_namespaced_controller_and_two_parameters
    get("/admin/reports/2026")
    assert_equal [ "Admin::ReportsController", "/admin/reports/:year" ], values("/admin/reports/2026", "controller", "route")
  end

  # More requests than Puma has threads. None finds what the last one left, which is why nobody looks at the start.
  def test_the_query_cache_is_one_requests
    12.times { get("/orders/3") }
    lines = server.lines_of("/orders/3", count: 12)
    assert_equal 1, lines.map { |line| line["query_cache_after"] }.uniq.size
    assert_operator lines.first["query_cache_after"], :>, 0
    assert_equal [ nil ], lines.map { |line| line["query_cache_before"] }.uniq
  end

  def test_a_post
    client.post("/orders", { "customer" => "Ada" })
    line = eventually_line("/orders") { |candidate| candidate["method"] == "POST" }
    assert_equal [ "OrdersController", "create" ], line.values_at("controller", "action")
  end

  def test_requests_that_reach_no_controller_have_a_line
    assert_equal "404", get("/there/is/nothing").code
    assert_equal 404, server.line_of("/there/is/nothing")["status"]
    refute_includes server.line_of("/there/is/nothing").keys, "controller"
    assert_equal "200", get("/mounted").code
    refute_includes server.line_of("/mounted").keys, "controller"
    assert_equal "200", get("/health").code
    assert_equal 200, server.line_of("/health")["status"]
  end

  def test_a_static_file_has_a_line
    file = Dir.children(File.join(DummyServer::ROOT, "public")).find { |name| name.match?(/\.(txt|css|html|ico|js)\z/) }
    response = get("/#{file}")
    assert_equal "200", response.code
    assert_equal File.binread(File.join(DummyServer::ROOT, "public", file)), response.body.b
    assert_equal 200, server.line_of("/#{file}")["status"]
  end

  def test_an_action_that_raises
    assert_equal "500", get("/memory/raise").code
    line = server.line_of("/memory/raise")
    assert_equal [ "MemoryController", "raise" ], [ line["controller"], line["action"][/\Araise/] ]
    # Rails renders the error inside the middleware or the middleware sees the exception pass, by its place in the stack.
    assert(line["status"] == 500 || line["error"], line.inspect)
  end

  def test_growth_above_the_threshold_warns_with_full_route_data
    get("/memory/retain?mb=50&piece=large")
    line = server.line_of("/memory/retain")
    assert_equal [ "WARN", 20, "GET", "MemoryController", "retain", "/memory/retain", 200 ],
                 line.values_at("level", "threshold", "method", "controller", "action", "route", "status")
    assert_match UUID, line["request_id"]
    assert_in_delta 50, line["memory_growth"], 3
  ensure
    get("/memory/release")
  end

  def test_an_ordinary_request_does_not_warn
    get("/orders/3")
    assert_equal "INFO", server.line_of("/orders/3")["level"]
  end

  def test_a_streamed_bodys_memory_and_time_are_inside
    response = nil
    elapsed = Stopwatch.seconds { response = get("/memory/stream?mb=48&chunks=4&pause=0.1") }
    assert_operator response.body.bytesize, :>, 0
    line = server.line_of("/memory/stream")
    assert_in_delta 48, [ line["memory_growth"], line["touched"] ].max, 5
    # The measurement ends when the server has closed the body, which can be after the last byte arrived.
    assert_operator line["request_time"], :<=, elapsed + 0.1
    assert_operator line["request_time"], :>=, 0.4
  end

  def test_a_slow_request_has_its_time
    get("/memory/sleep?seconds=0.3")
    line = server.line_of("/memory/sleep")
    assert_in_delta 0.3, line["request_time"], 0.15
    assert_in_delta 0, line["touched"], 2
  end

  def test_action_controller_live
    assert_equal "200", get("/memory/live").code
    assert_equal 200, server.line_of("/memory/live")["status"]
  end

  def test_head_and_conditional_requests
    etag = get("/orders/4")["etag"]
    assert_equal "304", get("/orders/4", if_none_match: etag).code if etag
    client.head("/orders/4")
    assert_operator server.lines_of("/orders/4", count: etag ? 3 : 2).size, :>=, 2
  end

  def test_the_query_string_and_secrets_are_not_in_the_log
    get("/orders/5?token=hunter2&password=hunter2", authorization: "Bearer hunter2", cookie: "session=hunter2")
    server.line_of("/orders/5")
    refute_includes server.log.bytes, "hunter2"
  end

  def test_the_application_sees_the_tracker
    get("/orders/6")
    server.line_of("/orders/6")
    stats = JSON.parse(get("/memory/stats").body)
    assert_equal [ true, server.pid, 0 ], stats.values_at("tracking", "pid", "dropped")
    assert_operator stats["requests"], :>, 0
  end

  def test_seq_is_complete
    20.times { |number| get("/orders/#{100 + number}") }
    server.line_of("/orders/119")
    sequence = server.log.requests.map { |line| line["seq"] }
    assert_equal (1..sequence.size).to_a, sequence.sort
  end

  private

  def server = self.class.measured
  def client = server.client
  def get(path, **headers) = client.get(path, **headers)
  def values(url, *names) = server.line_of(url).values_at(*names)

  def eventually_line(url, &condition)
    eventually(what: "a line of #{url}") { server.log.requests.find { |line| line["url"] == url && condition.call(line) } }
  end
end
