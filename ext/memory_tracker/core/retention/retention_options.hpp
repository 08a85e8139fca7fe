#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace memory_tracker {

// When what a sampled request left alive is looked at again, in major GCs since its end.
constexpr std::array<uint32_t, 3> kCheckpointMajorGcs{3, 10, 30};

// Since a sampled request ended.
struct SampleAge {
  uint64_t major_gcs;
  uint64_t requests;  // of the process
  int64_t ns;
};

struct RetentionOptions {
  enum class Mode { kBudget, kRate, kOff };

  Mode mode = Mode::kOff;
  double rate = 0;              // kRate: share of the requests that is sampled, above 0 to 1
  double budget_share = 0.002;  // kBudget: of elapsed time, the most that sampling may cost

  // What is younger has not shown that it stays, however many major GCs it saw: a session that is
  // held for a minute outlives thirty of them where they come twice a second.
  std::chrono::nanoseconds late_age{std::chrono::seconds{75}};

  // A thread holds what its last request had until it has run another. Where each request brings a
  // major GC, three of them say nothing: on a Puma of five threads 70 % of the samples had
  // survivors less than 5 requests later, 1 % after 20 to 30, and none after 40.
  static constexpr uint64_t kFirstLookRequests = 50;

  // True when survivors of this age are to be looked at for `checkpoint`, an index into
  // kCheckpointMajorGcs.
  bool due(size_t checkpoint, const SampleAge& age) const noexcept {
    if (age.major_gcs < kCheckpointMajorGcs[checkpoint]) return false;
    if (age.ns >= late_age.count()) return true;
    return checkpoint == 0 && age.requests >= kFirstLookRequests;
  }
};

}  // namespace memory_tracker
