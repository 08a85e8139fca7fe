#include "core/process/fork_sentinel.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace memory_tracker {

ForkSentinel::ForkSentinel() noexcept : pid_(getpid()) {
  const auto page_bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* page =
      mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  if (madvise(page, page_bytes, MADV_WIPEONFORK) != 0) {
    munmap(page, page_bytes);
    return;
  }
  word_ = new (page) std::atomic<int>(1);
}

void ForkSentinel::rearm() noexcept {
  pid_ = getpid();
  if (word_ != nullptr) word_->store(1, std::memory_order_relaxed);
}

bool ForkSentinel::pid_changed() const noexcept { return pid_ != getpid(); }

}  // namespace memory_tracker
