# frozen_string_literal: true

require_relative "../test_helper"

# Rails with other settings than the default ones, each on a server of its own.
class RailsConfigurationTest < Minitest::Test
  include Eventually
  include OwnFolder

  def test_log_query_is_filtered_as_rails_filters
    DummyServer.open(folder, env: { "MEMORY_TRACKER_LOG_QUERY" => "1" }) do |server|
      server.client.get("/orders?page=7&password=hunter2&token=hunter2")
      eventually { server.log.bytes.include?("page=7") }
      assert_includes server.log.bytes, "[FILTERED]"
      refute_includes server.log.bytes, "hunter2"
    end
  end

  def test_disabled_by_the_environment
    DummyServer.open(folder, env: { "MEMORY_TRACKER_ENABLED" => "0" }) do |server|
      assert_equal "200", server.client.get("/orders/1").code
      assert_equal "404", server.client.get("/nothing").code
      assert_equal :TERM, server.stop.then { |status| Signal.signame(status.termsig || 15).to_sym }
      assert_empty server.log.bytes
    end
  end

  def test_a_wrong_environment_variable_stops_the_boot_and_is_named
    error = assert_raises(ServerProcess::DidNotBoot) do
      DummyServer.open(folder, env: { "MEMORY_TRACKER_SAMPLE_RATE" => "half" }) { }
    end
    assert_includes error.message, "MEMORY_TRACKER_SAMPLE_RATE"
    assert_includes error.message, "half"
    assert_includes error.message, "ConfigurationError"
  end

  def test_an_unwritable_log_serves
    server = DummyServer.new(folder, env: { "DUMMY_LOG_FILE" => "/dev/full", "MEMORY_TRACKER_FLIGHT_RECORDER" => folder })
    assert_equal "200", server.client.get("/orders/1").code
    eventually(what: "the warning") { server.errors.match?(/memory_tracker/i) }
    5.times { assert_equal "200", server.client.get("/orders/1").code }
    server.stop
    assert_equal 1, server.errors.lines.grep(/memory_tracker.*\/dev\/full|\/dev\/full.*memory_tracker/i).size, server.errors
  ensure
    server&.stop
  end

  def test_two_workers_each_log_their_own_requests
    DummyServer.open(folder, workers: 2) do |server|
      threads = Array.new(4) { Thread.new { 25.times { |number| server.client.get("/orders/#{number}") } } }
      threads.each(&:join)
      eventually(what: "100 lines") { server.log.requests.size == 100 }
      by_pid = server.log.requests.group_by { |line| line["pid"] }
      refute_includes by_pid.keys, server.pid, "the master serves nothing"
      by_pid.each_value { |lines| assert_equal (1..lines.size).to_a, lines.map { |line| line["seq"] }.sort }
    end
  end
end
