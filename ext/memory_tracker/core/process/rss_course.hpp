#pragma once

#include <atomic>
#include <cstdint>

namespace memory_tracker {

// The way the process's RSS went, up and down, as seen at every reading that anybody takes: at the
// start and the end of each request and at each turn of the writer. A thread's page faults say
// what it touched; the course says how much of that the process can have grown by.
//
// Any thread may call, without a lock. The exchange makes the steps telescope: risen minus fallen
// is always the last reading minus the first, whoever reads.
class RssCourse {
 public:
  struct Mark {
    uint64_t risen_bytes;
    uint64_t fallen_bytes;
  };

  Mark observe(uint64_t rss_bytes) noexcept {
    // Nothing to exchange, and a locked instruction less: most readings find what the last one did.
    if (last_bytes_.load(std::memory_order_relaxed) == rss_bytes) return mark();
    const uint64_t previous = last_bytes_.exchange(rss_bytes, std::memory_order_relaxed);
    if (previous == 0) return mark();
    if (rss_bytes > previous) {
      risen_bytes_.fetch_add(rss_bytes - previous, std::memory_order_relaxed);
    } else if (rss_bytes < previous) {
      fallen_bytes_.fetch_add(previous - rss_bytes, std::memory_order_relaxed);
    }
    return mark();
  }

  Mark mark() const noexcept {
    return {risen_bytes_.load(std::memory_order_relaxed),
            fallen_bytes_.load(std::memory_order_relaxed)};
  }

  uint64_t last_bytes() const noexcept { return last_bytes_.load(std::memory_order_relaxed); }

  // A forked child begins its own course.
  void restart() noexcept {
    last_bytes_.store(0, std::memory_order_relaxed);
    risen_bytes_.store(0, std::memory_order_relaxed);
    fallen_bytes_.store(0, std::memory_order_relaxed);
  }

 private:
  std::atomic<uint64_t> last_bytes_{0};
  std::atomic<uint64_t> risen_bytes_{0};
  std::atomic<uint64_t> fallen_bytes_{0};
};

}  // namespace memory_tracker
