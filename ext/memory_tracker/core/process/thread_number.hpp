#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace memory_tracker {

// The kernel's number of the calling thread, as ps and top show it; kept per thread, because asking
// is a system call. A forked child inherits the memory of its parent's thread and has another
// number, so the generation of the process is kept with it.
inline uint32_t thread_number(uint64_t process_generation) noexcept {
  thread_local uint64_t generation = 0;
  thread_local uint32_t number = 0;
  if (generation != process_generation) {
    number = static_cast<uint32_t>(syscall(SYS_gettid));
    generation = process_generation;
  }
  return number;
}

}  // namespace memory_tracker
