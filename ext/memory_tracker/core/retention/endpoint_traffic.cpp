#include "core/retention/endpoint_traffic.hpp"

#include <algorithm>

namespace memory_tracker {

const EndpointTraffic* find_traffic(const std::vector<EndpointTraffic>& traffic,
                                    const std::string& endpoint) noexcept {
  const auto found = std::find_if(
      traffic.begin(), traffic.end(),
      [&](const EndpointTraffic& candidate) { return candidate.endpoint == endpoint; });
  return found == traffic.end() ? nullptr : &*found;
}

void note_traffic(EndpointReport& report, const EndpointTraffic* traffic,
                  const ProcessRetention& process) noexcept {
  report.requests_per_hour.reset();
  report.slope_share.reset();
  if (traffic == nullptr) return;
  report.requests_per_hour = traffic->requests_per_hour;
  if (!process.is_rising() || process.slope->mean <= 0) return;
  const double kept = report.kept_objects.mean * traffic->share;
  report.slope_share = std::clamp(kept / process.slope->mean, 0.0, 1.0);
}

}  // namespace memory_tracker
