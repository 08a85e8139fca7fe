#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace memory_tracker {

// Pages that the calling thread has faulted in since it began, minor and major. The kernel counts
// them per thread, with or without the GVL: the one memory figure that another thread cannot
// disturb. 0.23 us.
inline uint64_t thread_page_faults() noexcept {
  rusage usage{};
  if (getrusage(RUSAGE_THREAD, &usage) != 0) return UINT64_MAX;
  return static_cast<uint64_t>(usage.ru_minflt) + static_cast<uint64_t>(usage.ru_majflt);
}

}  // namespace memory_tracker
