#pragma once

#include <atomic>
#include <cstdint>

#include "core/process/fork_sentinel.hpp"
#include "core/process/resident_memory.hpp"
#include "core/process/rss_course.hpp"

namespace memory_tracker {

// What all trackers of a process share, because it is true of the process and not of one of them:
// its resident set and the course that took, how many requests are in flight, and whether this is
// still the process it was.
//
// Under the GVL, but for resident_set() and course(), which the writers use too. Leaked: static
// destructors run in forked children and at exit, while a writer may still be at work.
class ThisProcess {
 public:
  static ThisProcess& instance();

  // Grows by one in every forked child. Call it before anything else within a request: it is what
  // notices the fork and forgets what belonged to the parent. A load when nothing happened.
  uint64_t generation() noexcept {
    if (sentinel_.forked()) begin_anew();
    return generation_;
  }

  // Whether this is the process that had this generation. Notices nothing and forgets nothing, so
  // it may be asked anywhere.
  bool is_still(uint64_t generation) const noexcept {
    return !sentinel_.forked() && generation_ == generation;
  }

  // Whether it was forked from a process that had loaded this: pages are then copied when they are
  // written to first.
  bool is_a_fork() const noexcept { return generation_ > kFirstGeneration; }

  // Whether it forked itself: it copies too, then, whatever it writes to first.
  bool has_forked() const noexcept { return has_forked_.load(std::memory_order_relaxed); }

  const ResidentMemory& resident_memory() const noexcept { return resident_memory_; }
  RssCourse& course() noexcept { return course_; }

  // Requests in flight, of all trackers; the new one included.
  uint32_t enter() noexcept {
    starts_.fetch_add(1, std::memory_order_relaxed);
    return in_flight_.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  void leave() noexcept { in_flight_.fetch_sub(1, std::memory_order_relaxed); }
  uint64_t starts() const noexcept { return starts_.load(std::memory_order_relaxed); }
  uint32_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint64_t kFirstGeneration = 1;

  ThisProcess();
  void begin_anew() noexcept;

  ForkSentinel sentinel_;
  ResidentMemory resident_memory_;
  RssCourse course_;
  uint64_t generation_ = kFirstGeneration;
  std::atomic<bool> has_forked_{false};
  std::atomic<uint64_t> starts_{0};
  std::atomic<uint32_t> in_flight_{0};
};

}  // namespace memory_tracker
