#include "core/output/process_sampler.hpp"

#include <algorithm>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace memory_tracker {
namespace {

// 0.1 % of time: a reading that took 12 ms is repeated after 12 s at the earliest.
constexpr int64_t kPrivateShare = 1000;

}  // namespace

ProcessSampler::ProcessSampler(std::optional<std::chrono::nanoseconds> interval,
                               Complaints& complaints)
    : interval_(interval), complaints_(complaints), cgroup_(Cgroup::of_this_process()) {}

bool ProcessSampler::due(int64_t monotonic_ns) const noexcept {
  return interval_ && monotonic_ns >= next_ns_;
}

void ProcessSampler::read_private(int64_t monotonic_ns) {
  const int64_t began = thread_cpu_ns();
  private_memory_ = memory_->read_private();
  if (private_memory_) {
    complaints_.settle("private memory");
  } else {
    complaints_.raise("private memory",
                      "this system has no /proc/self/smaps_rollup, so pss and uss are not told");
  }
  const int64_t cost = thread_cpu_ns() - began;
  private_read_at_ns_ = monotonic_ns;
  next_private_ns_ = monotonic_ns + cost * kPrivateShare;
}

ProcessReport ProcessSampler::sample(int64_t monotonic_ns) {
  next_ns_ = monotonic_ns + interval_->count();
  if (memory_ == nullptr && !refused_) {
    try {
      memory_ = ProcessMemory::open();
    } catch (const Error& error) {
      refused_ = true;
      complaints_.raise("process memory", error.what());
    }
  }
  ProcessReport report;
  report.wall_ns = wall_ns();
  if (memory_ != nullptr) {
    report.memory = memory_->read();
    if (monotonic_ns >= next_private_ns_) read_private(monotonic_ns);
    report.private_memory = private_memory_;
    report.private_age_ns = monotonic_ns - private_read_at_ns_;
  }
  report.allocator = allocator_figures();
  report.cgroup = cgroup_.read();
  return report;
}

}  // namespace memory_tracker
