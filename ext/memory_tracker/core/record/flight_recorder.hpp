#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/record/in_flight_slots.hpp"
#include "core/record/record_ring.hpp"
#include "core/record/recorder_memory.hpp"

namespace memory_tracker {

// The black box of one process: the requests in flight and the finished ones that are not yet in
// the sink, in memory that the kernel keeps when the process is killed.
//
// It belongs to the process that made it; a forked child must not touch it.
class FlightRecorder {
 public:
  static constexpr uint32_t kSlotCount = 64;  // requests in flight that survive a kill

  FlightRecorder(RecorderMemory memory, uint32_t queue_size,
                 const std::vector<std::string>& gc_counter_names) noexcept;
  FlightRecorder(const FlightRecorder&) = delete;
  FlightRecorder& operator=(const FlightRecorder&) = delete;

  static size_t bytes_for(uint32_t queue_size) noexcept {
    return recorder_bytes(kSlotCount, queue_size);
  }

  RecorderHeader& header() noexcept { return *header_; }
  const RecorderHeader& header() const noexcept { return *header_; }
  InFlightSlots& flights() noexcept { return flights_; }
  RecordRing& ring() noexcept { return ring_; }
  const RecordRing& ring() const noexcept { return ring_; }

  const std::string& path() const noexcept { return memory_.path(); }
  size_t bytes() const noexcept { return memory_.size(); }

  // In a forked child: unmaps what is the parent's. Nothing may be called afterwards.
  void leave() noexcept { memory_.leave(); }

  // After the last record was written, and never before: the file is the only copy.
  void remove_file() noexcept { memory_.remove_file(); }

 private:
  RecorderMemory memory_;
  RecorderHeader* header_;
  InFlightSlots flights_;
  RecordRing ring_;
};

}  // namespace memory_tracker
