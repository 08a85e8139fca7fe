#include "core/retention/traffic_counts.hpp"

#include <iterator>

#include "core/retention/endpoint_name.hpp"

namespace memory_tracker {
namespace {

constexpr int64_t kWindowNs = 300'000'000'000;
constexpr int64_t kShortestNs = 10'000'000'000;
constexpr double kNsPerHour = 3600e9;

}  // namespace

void TrafficCounts::note(const std::string& endpoint, double requests) {
  const auto known = counts_.find(endpoint);
  if (known != counts_.end()) {
    known->second.now += requests;
  } else {
    counts_[counts_.size() < kMaxEndpoints ? endpoint : kOtherEndpoint].now += requests;
  }
}

void TrafficCounts::turn_windows(int64_t now_ns) {
  if (now_ns - turned_ns_ < kWindowNs) return;
  for (auto entry = counts_.begin(); entry != counts_.end();) {
    entry->second = {entry->second.now, 0};
    entry = entry->second.before > 0 ? std::next(entry) : counts_.erase(entry);
  }
  began_ns_ = turned_ns_;
  turned_ns_ = now_ns;
}

std::vector<EndpointTraffic> TrafficCounts::present(int64_t now_ns) {
  turn_windows(now_ns);
  const int64_t covered_ns = now_ns - began_ns_;
  std::vector<EndpointTraffic> traffic;
  double total = 0;
  for (const auto& [endpoint, count] : counts_) total += count.before + count.now;
  if (covered_ns < kShortestNs || total <= 0) return traffic;
  for (const auto& [endpoint, count] : counts_) {
    const double requests = count.before + count.now;
    traffic.push_back(
        {endpoint, requests * kNsPerHour / static_cast<double>(covered_ns), requests / total});
  }
  return traffic;
}

}  // namespace memory_tracker
