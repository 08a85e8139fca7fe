#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/resident_check.hpp"

namespace memory_tracker {

class Session;

// What a tracker did in this process, and how well it can do it.
struct TrackerStats {
  uint64_t requests = 0;
  uint64_t warnings = 0;
  uint64_t lines = 0;
  uint64_t bytes = 0;
  uint64_t sampled_out = 0;
  uint64_t dropped = 0;
  uint64_t unclosed = 0;
  uint64_t object_count_samples = 0;
  uint64_t in_flight = 0;
  uint64_t queue_used = 0;
  uint64_t own_bytes = 0;
  int64_t writer_cpu_ns = 0;
  std::optional<double> request_overhead_ns;  // mean of the requests that were timed
  std::string recorder_path;                  // empty: anonymous memory, or no session yet
  std::string sink;
  std::string sink_error;
  std::vector<std::string> degraded;
  std::optional<ResidentCheck> resident_check;
};

// All but the last two. `session` may be null: nothing happened in this process yet.
TrackerStats collect_stats(Session* session);

}  // namespace memory_tracker
