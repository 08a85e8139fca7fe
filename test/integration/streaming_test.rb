# frozen_string_literal: true

require_relative "../test_helper"
require "socket"

# Answers that take their time, through a real Puma: the client has each piece when the application has sent it,
# and the line comes at the end with all that happened inside.
class StreamingTest < TrackerTest
  # A stream waits before each piece for a request to /go, so the test decides what happens when.
  RACKUP = <<~'RUBY'
    require "memory_tracker"
    use MemoryTracker::Middleware, log_file: ENV.fetch("LOG"), threshold: 20
    MEGABYTE = 1 << 20
    KEPT = []
    GO = Queue.new
    events = lambda do |sink|
      3.times do |number|
        GO.pop
        KEPT << ("x" * (16 * MEGABYTE))
        sink.call("data: #{number}\n\n")
      end
    end
    echo = lambda do |io|
      Thread.new do
        while (line = io.gets)
          KEPT << ("x" * (16 * MEGABYTE))
          io.write("echo #{line}")
        end
      ensure
        io.close
      end
    end
    sse = { "content-type" => "text/event-stream" }
    run(lambda do |env|
      case env["PATH_INFO"]
      when "/go" then GO << true; [ 200, {}, [ "gone" ] ]
      when "/each" then [ 200, sse, Enumerator.new { |sink| events.call(->(text) { sink << text }) } ]
      when "/call" then [ 200, sse, lambda { |io| events.call(->(text) { io.write(text) }); io.close } ]
      when "/endless" then [ 200, sse, Enumerator.new { |sink| loop { GO.pop; sink << ("data: #{"x" * 65_536}\n\n") } } ]
      when "/partial" then [ 101, { "rack.hijack" => echo, "connection" => "upgrade", "upgrade" => "echo" }, [] ]
      when "/full"
        io = env["rack.hijack"].call
        io.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n")
        echo.call(io)
        [ 101, {}, [] ]
      when "/stats" then [ 200, {}, [ MemoryTracker.stats[:in_flight].to_s ] ]
      else [ 200, {}, [ "short" ] ]
      end
    end)
  RUBY

  def setup
    super
    rackup = File.join(folder, "config.ru")
    File.write(rackup, RACKUP)
    @server = PumaServer.new(rackup, env: { "LOG" => log_path, "RUBYLIB" => ChildProcess::RUBYLIB })
  end

  def teardown
    @server&.stop
    super
  end

  %w[each call].each do |kind|
    define_method("test_server_sent_events_by_#{kind}") do
      received = Queue.new
      began = monotonic
      reader = Thread.new { receive("/#{kind}") { |text| received << text } }
      3.times do |number|
        assert_empty lines_of("/#{kind}"), "not over yet"
        @server.client.get("/go")
        assert_equal "data: #{number}\n\n", received.pop, "each comes when it is sent"
      end
      reader.join
      line = line_of("/#{kind}")
      assert_equal [ 200, "shared", "WARN" ], line.values_at("status", "scope", "level")
      # Each piece is mapped by itself, with what surrounds it.
      assert_in_delta 48, line["attributed_growth"], 3
      assert_in_delta 48, line["touched"], 3
      assert_operator line["request_time"], :<=, monotonic - began
      assert_operator line["request_time"], :>, lines_of("/go").sum { |each| each["request_time"] }
      lines_of("/go").each { |each| assert_operator each["attributed_growth"], :<, 1 }
      assert_nothing_left
    end
  end

  %w[partial full].each do |kind|
    # A connection that the application took is its own from then on: the request ends when it returns.
    define_method("test_a_connection_taken_by_a_#{kind}_hijack_lives_on") do
      with_socket("/#{kind}") do |socket|
        assert_match(%r{\AHTTP/1\.1 101 }, socket.gets)
        socket.gets until $_.strip.empty?
        line = line_of("/#{kind}")
        3.times do |number|
          socket.write("#{number}\n")
          assert_equal "echo #{number}\n", socket.gets
        end
        assert_equal [ 101, "INFO" ], line.values_at("status", "level")
        assert_operator line["memory_growth"], :<, 8, "what came later is not in it"
        assert_equal "short", @server.client.get("/").body, "the server's thread is free"
      end
      assert_equal 1, lines_of("/#{kind}").size
      assert_nothing_left
    end
  end

  def test_a_client_that_goes_away_in_the_middle
    2.times do
      with_socket("/endless") do |socket|
        @server.client.get("/go")
        assert_match(%r{\AHTTP/1\.1 200 }, socket.gets)
      end
      # Puma learns of it when it writes the next time, or the time after that.
      seen = lines_of("/endless").size
      eventually(what: "the end of the stream") { @server.client.get("/go") && lines_of("/endless").size > seen }
    end
    assert_equal [ 200, 200 ], lines_of("/endless").map { |line| line["status"] }
    assert_equal "short", @server.client.get("/").body
    assert_nothing_left
  end

  def test_streams_and_short_answers_on_one_connection
    texts = @server.client.open do |http|
      [ "/", "/each", "/", "/call", "/" ].map do |path|
        goes = Thread.new { 3.times { @server.client.get("/go") } } if path.size > 1
        http.get(path).body.tap { goes&.join }
      end
    end
    stream = "data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert_equal [ "short", stream, "short", stream, "short" ], texts
    eventually(what: "all lines") { log.requests.size >= 11 }
    assert_equal [ 3, 1, 1, 6 ], %w[/ /each /call /go].map { |url| lines_of(url).size }
    assert_nothing_left
  end

  private

  def lines_of(url) = log.requests.select { |line| line["url"] == url }
  def line_of(url) = eventually(what: "the line of #{url}") { lines_of(url).first }
  def monotonic = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def receive(path, &block)
    @server.client.open { |http| http.request_get(path) { |response| response.read_body(&block) } }
  end

  def with_socket(path)
    socket = TCPSocket.new("127.0.0.1", @server.port)
    socket.write("GET #{path} HTTP/1.1\r\nhost: localhost\r\n\r\n")
    yield socket
  ensure
    socket&.close
  end

  # Only the request that asks is under way, and nothing had to be ended by force.
  def assert_nothing_left
    eventually(what: "the end of all requests") { @server.client.get("/stats").body == "1" }
    @server.stop
    assert_equal 0, log.requests.count { |line| line["unclosed"] }
    assert_equal (1..log.requests.size).to_a, log.requests.map { |line| line["seq"] }.sort
  end
end
