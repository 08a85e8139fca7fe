#include "core/record/flight_recorder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "core/clock.hpp"

namespace memory_tracker {
namespace {

StampedRecord* slots_of(void* memory) noexcept {
  return reinterpret_cast<StampedRecord*>(static_cast<char*>(memory) + kRecorderHeaderBytes);
}

RecorderHeader* prepare_header(const RecorderMemory& memory, uint32_t queue_size,
                               const std::vector<std::string>& gc_counter_names) noexcept {
  // The kernel hands out zeroed pages, so every stamp and counter is 0 already.
  auto* header = new (memory.data()) RecorderHeader{};
  header->version = kRecorderVersion;
  header->header_bytes = kRecorderHeaderBytes;
  header->record_bytes = sizeof(StampedRecord);
  header->slot_count = FlightRecorder::kSlotCount;
  header->ring_capacity = queue_size;
  header->pid = static_cast<uint32_t>(getpid());
  const int64_t now = monotonic_ns();
  header->wall_offset_ns.store(wall_ns() - now);
  header->last_seen_monotonic_ns.store(now);
  header->oom_kills.store(kUnknown);
  header->gc_counter_count =
      static_cast<uint32_t>(std::min(gc_counter_names.size(), kMaxGcCounters));
  for (size_t index = 0; index < header->gc_counter_count; ++index) {
    std::strncpy(header->gc_counter_names[index], gc_counter_names[index].c_str(),
                 kGcCounterNameBytes - 1);
  }
  // The magic last, and nothing before it later: a file that a kill left half made is no recorder.
  header->head.exchange(0, std::memory_order_acq_rel);
  std::memcpy(header->magic, kRecorderMagic, sizeof kRecorderMagic);
  return header;
}

}  // namespace

FlightRecorder::FlightRecorder(RecorderMemory memory, uint32_t queue_size,
                               const std::vector<std::string>& gc_counter_names) noexcept
    : memory_(std::move(memory)),
      header_(prepare_header(memory_, queue_size, gc_counter_names)),
      flights_(slots_of(memory_.data()), kSlotCount),
      ring_(header_, slots_of(memory_.data()) + kSlotCount, queue_size) {}

}  // namespace memory_tracker
