# frozen_string_literal: true

require_relative "../test_helper"

# A Puma cluster of 2 workers with 5 threads under wrk: as many lines as requests, and nothing that grows
# or stays behind. SOAK=100000 serves as many requests.
class SoakTest < TrackerTest
  REQUESTS = Integer(ENV.fetch("SOAK", "16000"))
  WARM_UP = 4_000
  WORKERS = 2

  # The application counts for itself what it has served.
  RACKUP = <<~'RUBY'
    require "memory_tracker"
    SERVED = Queue.new
    use MemoryTracker::Middleware, log_file: ENV.fetch("LOG"), process_sample_interval: 1
    run(lambda do |env|
      SERVED << true
      [ 200, {}, [ env["PATH_INFO"] == "/state" ? JSON.generate(served: SERVED.size, **MemoryTracker.stats) : "ok" ] ]
    end)
  RUBY

  def test_as_many_lines_as_requests_and_nothing_left_behind
    skip "wrk is not installed" unless Wrk.installed?
    File.write(rackup = File.join(folder, "config.ru"), RACKUP)
    environment = { "LOG" => log_path, "MEMORY_TRACKER_FLIGHT_RECORDER" => folder, "RUBYLIB" => ChildProcess::RUBYLIB }
    @received = @spoiled = 0
    PumaServer.open(rackup, workers: WORKERS, env: environment) do |server|
      load(server, WARM_UP)
      before = footprints(server)
      load(server, REQUESTS)
      after = footprints(server)
      assert_steady(before, after)
      @states = states(server)
    end
    assert_lines
    assert_nothing_left
  end

  private

  def load(server, requests)
    wrk = Wrk.run(server.port, "/", requests: requests, folder: folder)
    assert_equal [ 0, 0 ], wrk.values_at(:refused, :socket_errors), "#{wrk} #{server.errors}"
    assert_operator wrk[:spoiled], :<=, PumaServer.most_spoiled(requests), "#{wrk} #{server.errors}"
    assert_operator wrk[:received], :>=, requests
    @received += wrk[:received]
    @spoiled += wrk[:spoiled]
  end

  # @return [Hash{Integer => Hash}] what each worker says of itself, by pid
  def states(server)
    found = {}
    eventually(what: "an answer of each worker") do
      state = JSON.parse(server.client.get("/state").body)
      found[state["pid"]] = state
      found.size == WORKERS
    end
    found
  end

  # Without connections: Puma closes those of wrk when it has seen them end.
  def footprints(server)
    states(server).to_h do |pid, state|
      eventually(what: "an open log") { log.bytes.include?("\"pid\":#{pid},") }
      descriptors = Dir["/proc/#{pid}/fd/*"].filter_map { |file| File.readlink(file) rescue nil }
      descriptors.reject! { |target| target.start_with?("socket:") }
      [ pid, { threads: ProcessFigures.new(pid).threads, descriptors: descriptors.sort,
               own: state["own_bytes"], degraded: state["degraded"] } ]
    end
  end

  def excess(after, before) = after.tally.select { |target, count| count > before.tally.fetch(target, 0) }

  def assert_steady(before, after)
    assert_equal before.keys.sort, after.keys.sort
    before.each do |pid, figures|
      assert_equal figures[:threads], after[pid][:threads]
      # The collector closes some that the boot has forgotten.
      assert_empty excess(after[pid][:descriptors], figures[:descriptors])
      assert_in_delta figures[:own], after[pid][:own], 256 * 1024
      assert_empty after[pid][:degraded]
      assert_equal 1, RecorderFolder.new(folder).of(pid).size
    end
  end

  def assert_lines
    lines = log.lines
    by_pid = lines.select { |line| line["event"] == "request" }.group_by { |line| line["pid"] }
    by_pid.each_value { |each| assert_equal (1..each.size).to_a, each.map { |line| line["seq"] }.sort }
    urls = by_pid.values.flatten.group_by { |line| line["url"] }
    # What wrk received, and at most what its connections had under way each time it stopped.
    assert_includes @received..(@received + @spoiled + 2 * Wrk::CONNECTIONS), urls["/"].size
    stopped = lines.select { |line| line["event"] == "stopped" }
    assert_equal urls.values.sum(&:size), stopped.sum { |line| line["requests"] }
    @states.each { |pid, state| assert_operator by_pid[pid].size, :>=, state["served"] }
    assert_empty lines.select { |line| line["event"] == "dropped" }
    puts "#{@received} responses, #{urls["/"].size} lines, #{@spoiled} answers spoiled" if ENV["SOAK"]
  end

  def assert_nothing_left
    assert_empty RecorderFolder.new(folder).recorders
    assert_equal %w[config.ru memory_tracker.log], Dir.children(folder).sort - [ File.basename(RecorderFolder.new(folder).path) ]
  end
end
