#include "core/retention/retention_report.hpp"

namespace memory_tracker {

const char* verdict_name(EndpointVerdict verdict) noexcept {
  switch (verdict) {
    case EndpointVerdict::kClean:
      return "clean";
    case EndpointVerdict::kHolding:
      return "holding";
    case EndpointVerdict::kFilling:
      return "filling";
    case EndpointVerdict::kLeaking:
      return "leaking";
    default:
      return "unknown";
  }
}

const char* verdict_name(ProcessVerdict verdict) noexcept {
  switch (verdict) {
    case ProcessVerdict::kWarmingUp:
      return "warming up";
    case ProcessVerdict::kPlateau:
      return "plateau";
    case ProcessVerdict::kFilling:
      return "filling";
    case ProcessVerdict::kLeaking:
      return "leaking";
    default:
      return "unknown";
  }
}

}  // namespace memory_tracker
