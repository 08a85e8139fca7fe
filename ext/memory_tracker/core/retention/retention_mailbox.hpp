#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "core/retention/endpoint_traffic.hpp"
#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// Where the study, under the GVL, and the writer's thread leave each other what they know. The lock
// is held to move pointers, and the study does not wait for it. Throws std::bad_alloc only.
class RetentionMailbox {
 public:
  struct Reports {
    std::vector<EndpointReport> endpoints;  // those that changed
    std::optional<ProcessRetention> process;

    bool empty() const noexcept { return endpoints.empty() && !process; }
  };

  // The study's side. False: nothing was posted, the other side holds the lock; try again later.
  bool post(Reports& reports);
  // True when `traffic` was replaced by a newer one.
  bool take_traffic(std::vector<EndpointTraffic>& traffic);

  // The writer's side.
  Reports take();
  void post_traffic(std::vector<EndpointTraffic> traffic);

 private:
  std::mutex mutex_;
  Reports reports_;  // at most one an endpoint, however long nobody takes them
  std::vector<EndpointTraffic> traffic_;
  bool traffic_waits_ = false;
};

}  // namespace memory_tracker
