# frozen_string_literal: true

require_relative "../test_helper"

# Requests that overlap on the one thread of a Falcon: what only a thread can tell is then nobody's, and nobody is
# blamed for the other.
class FalconOverlapTest < Minitest::Test
  extend MeasuredOnce

  RACKUP = <<~'RUBY'
    require "memory_tracker"
    use MemoryTracker::Middleware, log_file: ENV.fetch("LOG"), threshold: 20
    MEGABYTE = 1 << 20
    KEPT = []
    STATE = { inside: false, go: false }
    GC.disable
    wait = lambda do
      STATE.update(inside: true, go: false)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 10
      sleep(0.005) until STATE[:go] || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      STATE[:inside] = false
    end
    stream = lambda do |io|
      io.write("one ")
      wait.call
      KEPT << ("x" * (40 * MEGABYTE))
      io.write("two")
      io.close
    end
    run(lambda do |env|
      case env["PATH_INFO"]
      when "/waits" then wait.call
      when "/streams" then next [ 200, {}, stream ]
      when "/heavy", "/alone" then KEPT << ("x" * (40 * MEGABYTE))
      when "/go" then STATE[:go] = true
      when "/inside" then next [ 200, {}, [ STATE[:inside].to_s ] ]
      end
      [ 200, {}, [ "ok" ] ]
    end)
  RUBY

  class << self
    include Eventually

    def measure
      Dir.mktmpdir do |folder|
        log = File.join(folder, "log")
        lines = -> { TrackerLog.new(log).requests.group_by { |line| line["url"] } }
        texts = FalconServer.open(RACKUP, folder: folder, env: { "LOG" => log }) do |server|
          # What is not written when it stops comes too late.
          play(server.client).tap { eventually(what: "the last line") { lines.call.key?("/afterwards") } }
        end
        [ lines.call, texts ]
      end
    end

    private

    def play(client)
      client.get("/warm-up")
      client.get("/alone")
      texts = %w[/waits /streams].map do |path|
        slow = Thread.new { client.get(path).body }
        eventually(what: "#{path} to be under way") { client.get("/inside").body == "true" }
        client.get("/heavy")
        client.get("/go")
        slow.value
      end
      client.get("/afterwards")
      texts
    end
  end

  def test_answers_are_the_applications
    assert_equal [ "ok", "one two" ], texts
  end

  def test_requests_that_overlap_on_a_thread_say_process_and_are_not_blamed
    lines = [ *lines_of("/waits"), *lines_of("/streams"), *lines_of("/heavy") ]
    assert_equal 4, lines.size
    lines.each do |line|
      assert_equal %w[shared process INFO], line.values_at("scope", "allocations_scope", "level"), line["url"]
      %w[touched attributed_growth allocated_bytes].each { |name| refute_includes line.keys, name, line["url"] }
    end
    assert_in_delta 40, lines_of("/waits").first["memory_growth"], 4
    assert_in_delta 80, lines_of("/streams").first["memory_growth"], 4, "its own and its neighbour's"
  end

  def test_a_request_that_had_the_thread_to_itself_is_told_exactly
    alone = lines_of("/alone").first
    assert_equal %w[exclusive WARN], alone.values_at("scope", "level")
    assert_equal RUBY_VERSION >= "3.2" ? "thread" : "process", alone["allocations_scope"]
    assert_in_delta 40, alone["attributed_growth"], 2
    afterwards = lines_of("/afterwards").first
    assert_equal [ "exclusive", 0, 1 ], afterwards.values_at("scope", "overlap", "in_flight")
    assert_includes afterwards.keys, "touched"
  end

  private

  def lines_of(url) = self.class.measured.first.fetch(url)
  def texts = self.class.measured.last
end
