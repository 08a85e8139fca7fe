#pragma once

#include <string>
#include <vector>

#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// The present traffic of an endpoint.
struct EndpointTraffic {
  std::string endpoint;
  double requests_per_hour = 0;
  double share = 0;  // of the process's requests
};

// Null where there is none of this name.
const EndpointTraffic* find_traffic(const std::vector<EndpointTraffic>& traffic,
                                    const std::string& endpoint) noexcept;

// Fills in what a report can say once the traffic is known.
void note_traffic(EndpointReport& report, const EndpointTraffic* traffic,
                  const ProcessRetention& process) noexcept;

}  // namespace memory_tracker
