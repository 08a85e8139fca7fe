#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memory_tracker {

// A figure and its 95 % interval.
struct Estimate {
  double mean = 0;
  double low = 0;
  double high = 0;
};

enum class EndpointVerdict : uint8_t {
  kUndecided,  // too few samples, see samples_needed
  kClean,      // keeps nothing
  kHolding,    // what it keeps is freed later: sessions, batches, a full cache
  kFilling,    // keeps less and less: a cache or memo
  kLeaking,    // keeps at a constant rate, and it is never freed
};

enum class ProcessVerdict : uint8_t { kWarmingUp, kUndecided, kPlateau, kFilling, kLeaking };

const char* verdict_name(EndpointVerdict verdict) noexcept;
const char* verdict_name(ProcessVerdict verdict) noexcept;

// Where kept objects were allocated.
struct KeptSite {
  std::string class_name;
  std::string location;  // "app/models/order.rb:42"
  double share = 0;      // of the endpoint's kept objects, 0 to 1
};

struct EndpointReport {
  std::string endpoint;
  EndpointVerdict verdict = EndpointVerdict::kUndecided;
  uint64_t samples = 0;         // that were looked at
  uint64_t samples_needed = 0;  // still, where the verdict is unknown
  Estimate kept_objects;        // a request
  Estimate kept_bytes;          // a request
  std::vector<KeptSite> sites;  // the largest first

  // Known once its traffic is, see note_traffic().
  std::optional<double> requests_per_hour;
  std::optional<double> slope_share;  // of the process's slope, 0 to 1; only while that is rising
};

struct ProcessRetention {
  ProcessVerdict verdict = ProcessVerdict::kWarmingUp;
  uint64_t major_gcs = 0;         // seen by the study
  std::optional<Estimate> slope;  // old objects a request
  double late_share = 1;          // the late half's slope, of the early half's

  // With a slope, then, that is above zero.
  bool is_rising() const noexcept {
    return verdict == ProcessVerdict::kLeaking || verdict == ProcessVerdict::kFilling;
  }
};

struct RetentionReport {
  ProcessRetention process;
  std::vector<EndpointReport> endpoints;
};

// What the study has done and what it cost, for MemoryTracker.stats.
struct RetentionFigures {
  uint64_t samples = 0;    // requests that were followed
  uint64_t abandoned = 0;  // of these
  uint64_t refused = 0;    // sampled requests that found no room
  uint64_t pending = 0;    // followed at present
  uint64_t endpoints = 0;
  int64_t cost_ns = 0;
};

}  // namespace memory_tracker
