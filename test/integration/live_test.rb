# frozen_string_literal: true

require_relative "../test_helper"

# ActionController::Live: the action runs on a thread of its own while the server's thread sends what it writes.
# Events of the real Rails application on a real Puma.
class LiveTest < Minitest::Test
  extend MeasuredOnce

  MEGABYTES = 48
  EVENTS = "data: 1 of 4\n\ndata: 2 of 4\n\ndata: 3 of 4\n\ndata: 4 of 4\n\n"

  Measurement = Struct.new(:bodies, :elapsed, :in_flight, :lines)

  class << self
    include Eventually

    def measure
      Dir.mktmpdir { |folder| DummyServer.open(folder) { |server| play(server) } }
    end

    private

    def play(server)
      get = ->(path) { server.client.get(path).body }
      live = "/memory/live?mb=#{MEGABYTES}&chunks=4"
      in_flight = -> { JSON.parse(get.call("/memory/stats"))["in_flight"] }
      2.times { get.call("/memory/live?mb=0") }
      # Puma ends a request after the client has its answer.
      server.lines_of("/memory/live", count: 2)
      began = monotonic
      bodies = [ get.call(live) ]
      elapsed = monotonic - began
      alone = server.lines_of("/memory/live", count: 3).last
      sleeping = Thread.new { get.call("/memory/sleep?seconds=1") }
      eventually(what: "a request that sleeps") { in_flight.call == 2 }
      bodies << get.call(live)
      sleeping.join
      beside = server.lines_of("/memory/live", count: 4).last
      asleep = server.line_of("/memory/sleep")
      Measurement.new(bodies, elapsed, in_flight.call, { alone: alone, beside: beside, sleeping: asleep })
    end

    def monotonic = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  def test_the_client_receives_every_event
    assert_equal [ EVENTS, EVENTS ], measured.bodies
    assert_equal 1, measured.in_flight, "only the one that asked"
  end

  def test_a_live_action_has_its_route_data
    assert_equal [ 200, "LiveMemoryController", "show", "/memory/live" ],
                 line(:alone).values_at("status", "controller", "action", "route")
  end

  # Alone, the growth of the process is the request's, whichever thread caused it.
  def test_the_memory_and_the_time_of_the_stream_are_inside
    assert_equal %w[exclusive WARN], line(:alone).values_at("scope", "level")
    assert_in_delta MEGABYTES, line(:alone)["attributed_growth"], 3
    # The server's thread did next to none of it, so what is told by threads would be no figure of this request.
    assert_equal "process", line(:alone)["allocations_scope"]
    refute_includes line(:alone).keys, "touched"
    assert_operator line(:alone)["request_time"], :<=, measured.elapsed
    assert_operator line(:alone)["request_time"], :>, measured.elapsed * 0.3
  end

  def test_beside_another_request_nobody_is_blamed_wrongly
    assert_equal %w[shared shared], [ line(:beside), line(:sleeping) ].map { |each| each["scope"] }
    assert_in_delta MEGABYTES, line(:sleeping)["memory_growth"], 4
    assert_operator line(:sleeping)["attributed_growth"], :<, 1
    assert_equal "INFO", line(:sleeping)["level"]
    refute_includes line(:beside).keys, "attributed_growth", "its memory was taken by a thread that is not known as its own"
  end

  private

  def measured = self.class.measured
  def line(which) = measured.lines.fetch(which)
end
