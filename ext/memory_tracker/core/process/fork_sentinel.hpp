#pragma once

#include <atomic>

namespace memory_tracker {

// Tells a forked child that it is one, for the price of a load: the word lives in a page that the
// kernel hands to a child zeroed (MADV_WIPEONFORK). That also covers Process.daemon and forks made
// in C, which no Ruby hook sees; atfork handlers would run in every fork and must not lock.
//
// Under the GVL only. The page is never given back: it must outlive every static destructor.
class ForkSentinel {
 public:
  // Falls back to comparing pids (a system call) where the kernel has no MADV_WIPEONFORK.
  ForkSentinel() noexcept;

  // True in a child until rearm() was called there.
  bool forked() const noexcept {
    return word_ != nullptr ? word_->load(std::memory_order_relaxed) == 0 : pid_changed();
  }
  void rearm() noexcept;

 private:
  bool pid_changed() const noexcept;

  std::atomic<int>* word_ = nullptr;
  int pid_;
};

}  // namespace memory_tracker
