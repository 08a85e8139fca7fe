#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/record/text_area.hpp"

namespace memory_tracker {

// A figure that could not be had. It stays out of the log: 0 would be a claim.
constexpr uint64_t kUnknown = UINT64_MAX;
constexpr int64_t kUnknownSigned = INT64_MIN;
constexpr int32_t kUnknownCount = -1;

// Counters only grow. One that ran backwards, or is beyond what a counter can reach, underflowed
// in the interpreter, and the difference would be nonsense.
constexpr uint64_t kLargestCounter = (uint64_t{1} << 63) - 1;
constexpr uint64_t increase(uint64_t before, uint64_t after) noexcept {
  return before > kLargestCounter || after > kLargestCounter || after < before ? kUnknown
                                                                               : after - before;
}

constexpr size_t kMaxGcCounters = 36;  // GC.stat has 29 to 34 keys on Ruby 3.1 to 4.1

// The types of ObjectSpace.count_objects, in the order of ObjectCounts::counts.
constexpr const char* kObjectTypes[] = {
    "TOTAL",    "FREE",     "T_OBJECT", "T_CLASS",   "T_MODULE",   "T_FLOAT",
    "T_STRING", "T_REGEXP", "T_ARRAY",  "T_HASH",    "T_STRUCT",   "T_BIGNUM",
    "T_FILE",   "T_DATA",   "T_MATCH",  "T_COMPLEX", "T_RATIONAL", "T_SYMBOL",
    "T_IMEMO",  "T_ICLASS", "T_NODE",   "T_ZOMBIE",  "T_MOVED",    "T_NONE"};
constexpr size_t kObjectTypeCount = sizeof kObjectTypes / sizeof *kObjectTypes;

struct ObjectCounts {
  uint32_t counts[kObjectTypeCount];  // 0 where Ruby names no such type
};

// What Ruby's side reads at either end of a request.
struct RubyCounters {
  uint64_t gc_time_ns;
  uint64_t gc_count;
  uint64_t gc_major_count;
  uint64_t allocated_objects;
  uint64_t gc_counters[kMaxGcCounters];  // as many as the recorder's header names
};

// What the kernel's side reads.
struct ProcessCounters {
  int64_t monotonic_ns;
  uint64_t rss_bytes;
  uint64_t faulted_pages;  // by this thread
};

struct Snapshot {
  ProcessCounters process;
  RubyCounters ruby;
};

enum class Event : uint8_t { kRequest = 1, kJob = 2, kBlock = 3 };

// Whose a figure is: of all threads of the process, or of the request's own thread alone.
enum class FigureScope : uint8_t { kProcess = 0, kThread = 1 };

// Everything a line of the log is made of. A plain struct of fixed size: it lies in the mapped
// file of the flight recorder, where the kernel keeps it when the process is killed, and where a
// later process reads it. Whoever changes it changes kRecorderVersion.
struct RequestRecord {
  uint64_t seq;
  Event event;
  FigureScope allocation_scope;
  FigureScope gc_scope;
  // Truth values; bytes, because a damaged file may hold anything here.
  uint8_t warned;
  uint8_t shared_scope;  // another request ran meanwhile
  uint8_t unclosed;      // the body was never closed; the figures are those of a later moment
  uint8_t has_object_counts;
  int32_t status;
  int32_t query_cache_before;
  int32_t query_cache_after;
  uint32_t in_flight;  // at the start, this one included
  uint32_t overlap;    // others that ran meanwhile
  uint32_t thread_number;
  uint64_t threshold_bytes;
  int64_t attributed_bytes;
  uint64_t touched_bytes;
  uint64_t allocated_objects;
  uint64_t allocated_bytes;  // malloc's, by this thread
  uint64_t freed_bytes;
  uint64_t gc_time_ns;  // of collections that this request ran, where gc_scope is the thread
  uint64_t gc_wait_ns;  // of collections that others ran meanwhile
  Snapshot before;
  Snapshot after;
  ObjectCounts objects_before;
  ObjectCounts objects_after;
  TextArea texts;

  // Prepares a record for use again without touching what is only valid when flagged or named.
  void clear() noexcept {
    std::memset(static_cast<void*>(this), 0, offsetof(RequestRecord, before));
    status = kUnknownCount;
    query_cache_before = kUnknownCount;
    query_cache_after = kUnknownCount;
    attributed_bytes = kUnknownSigned;
    touched_bytes = kUnknown;
    allocated_objects = kUnknown;
    allocated_bytes = kUnknown;
    freed_bytes = kUnknown;
    gc_time_ns = kUnknown;
    gc_wait_ns = kUnknown;
    texts.clear();
  }
};
static_assert(std::is_trivially_copyable_v<RequestRecord>);

// Copies what is in use, which is less than half: `gc_counters` of each snapshot, the object counts
// where there are any, the texts without the room behind them.
inline void copy_record(RequestRecord& to, const RequestRecord& from, size_t gc_counters) noexcept {
  const size_t counters_bytes = gc_counters * sizeof(uint64_t);
  const size_t head_bytes = offsetof(RequestRecord, before) + offsetof(Snapshot, ruby) +
                            offsetof(RubyCounters, gc_counters);
  std::memcpy(static_cast<void*>(&to), &from, head_bytes + counters_bytes);
  std::memcpy(static_cast<void*>(&to.after), &from.after,
              offsetof(Snapshot, ruby) + offsetof(RubyCounters, gc_counters) + counters_bytes);
  if (from.has_object_counts != 0) {
    to.objects_before = from.objects_before;
    to.objects_after = from.objects_after;
  }
  const size_t unused = TextArea::kCapacityBytes - from.texts.used_bytes();
  std::memcpy(static_cast<void*>(&to.texts), &from.texts, sizeof from.texts - unused);
}

}  // namespace memory_tracker
