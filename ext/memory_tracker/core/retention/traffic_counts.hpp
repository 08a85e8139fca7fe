#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/retention/endpoint_traffic.hpp"

namespace memory_tracker {

// Counts requests by endpoint, over the last five to ten minutes: what "present traffic" means. At
// most kMaxEndpoints, the rest under "other"; those without requests make room. One thread.
class TrafficCounts {
 public:
  static constexpr size_t kMaxEndpoints = 200;

  explicit TrafficCounts(int64_t now_ns) noexcept : began_ns_(now_ns), turned_ns_(now_ns) {}

  // `requests` is how many the record stands for, where the log is sampled.
  void note(const std::string& endpoint, double requests);
  // Empty in the first ten seconds.
  std::vector<EndpointTraffic> present(int64_t now_ns);

 private:
  struct Count {
    double before = 0;  // in the window that ended last
    double now = 0;
  };

  void turn_windows(int64_t now_ns);

  std::unordered_map<std::string, Count> counts_;
  int64_t began_ns_;   // of the window before the present one
  int64_t turned_ns_;  // the present one's begin
};

}  // namespace memory_tracker
