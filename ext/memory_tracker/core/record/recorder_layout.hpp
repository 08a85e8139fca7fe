#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/record/request_record.hpp"

namespace memory_tracker {

// The file of the flight recorder, as it lies in memory and on disk:
//
//   RecorderHeader | in-flight slots: StampedRecord[slot_count] | ring:
//   StampedRecord[ring_capacity]
//
// A reader of another process, possibly another release, trusts nothing before magic, version and
// sizes agree with its own.
constexpr char kRecorderMagic[8] = {'M', 'E', 'M', 'T', 'R', 'A', 'C', 'K'};
constexpr uint32_t kRecorderVersion = 1;
constexpr size_t kGcCounterNameBytes = 40;

// A record and the word that says whether it holds anything: 0 while it is free or being written,
// in a slot then the generation of the request, in the ring the position plus one. It is written
// after the payload (release), so a stamped record is a whole record, also after SIGKILL.
struct StampedRecord {
  std::atomic<uint64_t> stamp;
  RequestRecord record;
};

struct RecorderHeader {
  char magic[8];
  uint32_t version;
  uint32_t header_bytes;
  uint32_t record_bytes;
  uint32_t slot_count;
  uint32_t ring_capacity;
  uint32_t pid;
  // Added to a monotonic reading gives the wall clock's, renewed by the writer as the clock is set.
  std::atomic<int64_t> wall_offset_ns;
  std::atomic<int64_t> last_seen_monotonic_ns;
  std::atomic<uint64_t> last_rss_bytes;
  std::atomic<uint64_t> peak_rss_bytes;
  std::atomic<uint64_t> oom_kills;  // of its cgroup, when last seen; kUnknown
  std::atomic<uint64_t> head;       // ring positions claimed so far
  std::atomic<uint64_t> tail;       // ring positions that are in the sink
  std::atomic<uint64_t> last_seq;
  std::atomic<uint64_t> dropped;           // records that found the ring full
  std::atomic<uint64_t> dropped_reported;  // of those, told in the log
  uint32_t gc_counter_count;
  char gc_counter_names[kMaxGcCounters][kGcCounterNameBytes];
};

constexpr size_t kRecorderHeaderBytes = 4096;
static_assert(sizeof(RecorderHeader) <= kRecorderHeaderBytes);
static_assert(std::atomic<uint64_t>::is_always_lock_free, "the words are shared between processes");
static_assert(kRecorderHeaderBytes % alignof(StampedRecord) == 0);

constexpr size_t recorder_bytes(uint32_t slot_count, uint32_t ring_capacity) {
  return kRecorderHeaderBytes + (size_t{slot_count} + ring_capacity) * sizeof(StampedRecord);
}

}  // namespace memory_tracker
