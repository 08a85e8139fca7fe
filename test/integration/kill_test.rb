# frozen_string_literal: true

require_relative "../test_helper"

# The real application on a real Puma cluster is killed as the kernel kills for memory; its next boot
# says what it was doing. Killed once for all of these tests.
class KillTest < Minitest::Test
  FINISHED = 30
  WORKERS = 2
  HUNG = %w[hung-1 hung-2 hung-3].freeze

  Measurement = Struct.new(:log, :hung_since, :killed_at, :rss, :finished, :died, :left, :errors)

  extend MeasuredOnce
  extend Eventually

  def self.measure
    folder = Dir.mktmpdir("memory_tracker")
    Minitest.after_run { FileUtils.remove_entry(folder) }
    # What finishes stays in the recorder: all of it is for the next boot to write.
    environment = { "MEMORY_TRACKER_FLIGHT_RECORDER" => folder, "MEMORY_TRACKER_FLUSH_INTERVAL" => "60" }
    measurement = Measurement.new
    server = DummyServer.new(folder, env: environment, workers: WORKERS)
    measurement.finished = Array.new(FINISHED) { server.client.get("/orders/#{rand(1..3)}")["x-request-id"] }
    hang(server, measurement)
    kill_all(server, measurement)
    boot_again(folder, environment.merge("MEMORY_TRACKER_FLUSH_INTERVAL" => "0.05"), measurement)
    measurement
  end

  def self.hang(server, measurement)
    measurement.hung_since = Time.now
    HUNG.each { |id| Thread.new { server.client.get("/memory/sleep?seconds=25", x_request_id: id) rescue nil } }
    in_flight = Hash.new(0)
    eventually(what: "#{HUNG.size} requests in flight, and an answer of each worker") do
      response = server.client.get("/memory/stats")
      measurement.finished << response["x-request-id"]
      stats = JSON.parse(response.body)
      in_flight[stats["pid"]] = stats["in_flight"] - 1
      in_flight.size == WORKERS && in_flight.values.sum == HUNG.size
    end
    measurement.rss = in_flight.keys.to_h { |pid| [ pid, ProcessFigures.new(pid).rss ] }
  end

  def self.kill_all(server, measurement)
    measurement.killed_at = Time.now
    Process.kill(:KILL, -Process.getpgid(server.pid)) # Puma has a process group of its own
    server.stop
  end

  def self.boot_again(folder, environment, measurement)
    DummyServer.open(folder, env: environment) do |server|
      measurement.log = server.log
      server.client.get("/orders/1")
      eventually(what: "worker_died of each") { server.log.events("worker_died").size >= measurement.rss.size }
      measurement.errors = server.errors
    end
    measurement.died = measurement.log.events("worker_died")
    measurement.left = RecorderFolder.new(folder).recorders
  end

  def test_each_finished_request_is_in_the_log_once
    told = requests_of_the_dead.map { |line| line["request_id"] }
    assert_equal measured.finished.sort, (told + ids_of(answered_in_flight)).sort
    assert_operator answered_in_flight.size, :<=, 1
  end

  def test_lines_of_the_dead_are_as_they_would_have_been
    line = requests_of_the_dead.find { |candidate| candidate["url"].start_with?("/orders/") }
    assert_equal [ "GET", "OrdersController", "show", "/orders/:id", 200 ],
                 line.values_at("method", "controller", "action", "route", "status")
    requests_of_the_dead.group_by { |each| each["pid"] }.each_value do |lines|
      assert_equal (1..lines.size).to_a, lines.map { |each| each["seq"] }
      lines.each { |each| assert_operator Time.parse(each["time"]), :<=, measured.killed_at }
    end
  end

  def test_each_of_the_dead_is_told_once
    assert_equal measured.rss.keys.sort, measured.died.map { |line| line["pid"] }.sort
    assert_empty measured.left, "nothing is left to be told again"
    assert_empty measured.errors
  end

  def test_each_request_in_flight_is_named
    hung = in_flight - answered_in_flight
    assert_equal HUNG, ids_of(hung).sort
    hung.each do |request|
      assert_equal [ "GET", "/memory/sleep", "/memory/sleep" ], request.values_at("method", "url", "route")
      assert_operator request["memory_before"], :>, 20
    end
  end

  def test_the_age_tells_when_a_request_began
    measured.died.each do |line|
      line["in_flight"].each do |request|
        began = Time.parse(line["last_seen"]) - request["age"]
        assert_includes (measured.hung_since - 0.01)..measured.killed_at, began
      end
    end
  end

  def test_when_and_how_large_it_was_last_seen
    measured.died.each do |line|
      # Nobody else looked at the process: at its last request, which was moments before.
      assert_includes (measured.hung_since - 20)..(measured.killed_at + 0.1), Time.parse(line["last_seen"])
      assert_in_delta measured.rss[line["pid"]], line["last_rss"], 8
      assert_operator line.fetch("peak"), :>=, line["last_rss"]
      assert_equal requests_of_the_dead.count { |each| each["pid"] == line["pid"] }, line["last_seq"]
      assert_equal 0, line["dropped"]
    end
  end

  private

  def measured = self.class.measured
  def requests_of_the_dead = measured.log.requests.select { |line| measured.rss.key?(line["pid"]) }
  def in_flight = measured.died.flat_map { |line| line["in_flight"] }

  # The kill can come between a response's last byte and the end of its measurement.
  def answered_in_flight = in_flight.select { |request| measured.finished.include?(request["request_id"]) }
  def ids_of(requests) = requests.map { |request| request["request_id"] }
end
