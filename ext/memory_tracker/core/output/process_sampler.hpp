#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/output/complaints.hpp"
#include "core/output/process_line.hpp"

namespace memory_tracker {

// Reads what a "process" line says, as often as it was told to. The PSS and the USS, whose price
// grows with the process, are read so seldom that they stay under 0.1 % of time.
//
// Belongs to the writer's thread: libproc2's contexts cannot be shared, and are made here at the
// first sample.
class ProcessSampler {
 public:
  ProcessSampler(std::optional<std::chrono::nanoseconds> interval, Complaints& complaints);

  bool due(int64_t monotonic_ns) const noexcept;
  ProcessReport sample(int64_t monotonic_ns);

 private:
  void read_private(int64_t monotonic_ns);

  std::optional<std::chrono::nanoseconds> interval_;
  Complaints& complaints_;
  std::unique_ptr<ProcessMemory> memory_;
  Cgroup cgroup_;
  int64_t next_ns_ = 0;
  int64_t next_private_ns_ = 0;
  int64_t private_read_at_ns_ = 0;
  std::optional<PrivateMemorySample> private_memory_;
  bool refused_ = false;
};

}  // namespace memory_tracker
