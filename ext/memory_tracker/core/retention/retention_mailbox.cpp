#include "core/retention/retention_mailbox.hpp"

#include <algorithm>
#include <utility>

namespace memory_tracker {

bool RetentionMailbox::post(Reports& reports) {
  const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  if (reports.process) reports_.process = std::exchange(reports.process, std::nullopt);
  if (reports_.endpoints.empty()) {
    reports_.endpoints.swap(reports.endpoints);
    return true;
  }
  for (EndpointReport& report : reports.endpoints) {
    const auto same = std::find_if(
        reports_.endpoints.begin(), reports_.endpoints.end(),
        [&](const EndpointReport& waiting) { return waiting.endpoint == report.endpoint; });
    if (same == reports_.endpoints.end()) {
      reports_.endpoints.push_back(std::move(report));
    } else {
      *same = std::move(report);
    }
  }
  reports.endpoints.clear();
  return true;
}

bool RetentionMailbox::take_traffic(std::vector<EndpointTraffic>& traffic) {
  const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || !traffic_waits_) return false;
  traffic.swap(traffic_);
  traffic_waits_ = false;
  return true;
}

RetentionMailbox::Reports RetentionMailbox::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(reports_, {});
}

void RetentionMailbox::post_traffic(std::vector<EndpointTraffic> traffic) {
  const std::lock_guard<std::mutex> lock(mutex_);
  traffic_.swap(traffic);
  traffic_waits_ = true;
}

}  // namespace memory_tracker
