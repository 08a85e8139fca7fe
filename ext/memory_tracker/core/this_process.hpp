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
  static ThisProcess& instance() noexcept {
    ThisProcess* made = instance_.load(std::memory_order_acquire);
    return made != nullptr ? *made : make();
  }

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

  // What the last request to end saw of the process at its end, and on which thread.
  struct Sight {
    int64_t monotonic_ns = 0;
    uint64_t rss_bytes = 0;
    uint64_t faulted_pages = 0;
    uint32_t thread_number = 0;
  };
  const Sight& last_sight() const noexcept { return last_sight_; }
  void note_sight(const Sight& sight) noexcept { last_sight_ = sight; }

  // Requests in flight, of all trackers; the new one included.
  uint32_t enter() noexcept {
    ++starts_;
    return ++in_flight_;
  }
  void leave() noexcept { --in_flight_; }
  uint64_t starts() const noexcept { return starts_; }
  uint32_t in_flight() const noexcept { return in_flight_; }

 private:
  static constexpr uint64_t kFirstGeneration = 1;

  ThisProcess();
  static ThisProcess& make();
  void begin_anew() noexcept;

  inline static std::atomic<ThisProcess*> instance_{nullptr};

  ForkSentinel sentinel_;
  ResidentMemory resident_memory_;
  RssCourse course_;
  uint64_t generation_ = kFirstGeneration;
  std::atomic<bool> has_forked_{false};
  Sight last_sight_;
  uint64_t starts_ = 0;
  uint32_t in_flight_ = 0;
};

}  // namespace memory_tracker
