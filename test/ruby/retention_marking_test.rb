# frozen_string_literal: true

require_relative "../test_helper"

# Major collections that come by allocation mark in steps, and requests end between these.
class RetentionMarkingTest < RetentionTest
  KEPT_A_REQUEST = 50
  COLLECTIONS = 30
  REQUESTS_A_COLLECTION = 10

  # Alive all the time, so that half of the marking is a count far from the whole.
  CROWD = Array.new(200_000) { +"" }

  def test_growth_is_what_is_kept_although_collections_are_under_way_when_they_are_noticed
    kept = []
    # Seldom sampled: on Ruby 3.1 each object that is followed has another one for as long as it lives.
    server = retaining(retention: 0.001) { kept << Array.new(KEPT_A_REQUEST - 1) { Object.new } }
    COLLECTIONS.times do
      GC.start(immediate_mark: false)
      server.get("/work")
      finish_marking
      REQUESTS_A_COLLECTION.times { server.get("/work") }
    end

    slope = MemoryTracker.report.dig(:process, :old_objects_per_1000_requests)
    assert_in_delta KEPT_A_REQUEST * 1000, slope[:mean], KEPT_A_REQUEST * 200, slope.inspect
  end

  private
    # By allocation, as an application does.
    def finish_marking
      Array.new(1000) { Object.new } while GC.latest_gc_info(:state) == :marking
    end
end
