#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace memory_tracker {

// Which malloc this process runs on, found by symbol, never linked.
struct AllocatorFigures {
  uint64_t allocated_bytes;
  uint64_t active_bytes;
  uint64_t resident_bytes;
  uint64_t retained_bytes;
};

// "glibc", "musl", "jemalloc", "mimalloc", "tcmalloc" or "unknown". Looked up once, at the first
// call.
const std::string& allocator_name();

// jemalloc's own figures, refreshed (9 us): for the writer's thread. Nothing for other allocators:
// glibc's mallinfo2 walks every free chunk under the arena locks, 138 ms at a million of them, and
// whoever allocates meanwhile would wait.
std::optional<AllocatorFigures> allocator_figures() noexcept;

// Bytes that the calling thread has ever allocated and freed; less than 1 ns after its first call.
// Both null where the allocator does not count per thread.
struct ThreadMallocCounters {
  const uint64_t* allocated_bytes = nullptr;
  const uint64_t* freed_bytes = nullptr;
};
ThreadMallocCounters thread_malloc_counters() noexcept;

}  // namespace memory_tracker
