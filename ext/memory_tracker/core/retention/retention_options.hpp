#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace memory_tracker {

// When what a sampled request left alive is looked at again, in major GCs since its end.
constexpr std::array<uint32_t, 3> kCheckpointMajorGcs{3, 10, 30};

struct RetentionOptions {
  enum class Mode { kBudget, kRate, kOff };

  Mode mode = Mode::kOff;
  double rate = 0;              // kRate: share of the requests that is sampled, above 0 to 1
  double budget_share = 0.002;  // kBudget: of elapsed time, the most that sampling may cost

  // What is younger has not shown that it stays, however many major GCs it saw: a session that is
  // held for a minute outlives thirty of them where they come twice a second.
  std::chrono::nanoseconds late_age{std::chrono::seconds{75}};

  // True when survivors of this age are to be looked at for `checkpoint`, an index into
  // kCheckpointMajorGcs.
  bool due(size_t checkpoint, uint64_t major_gcs_since, int64_t age_ns) const noexcept {
    return major_gcs_since >= kCheckpointMajorGcs[checkpoint] &&
           (checkpoint == 0 || age_ns >= late_age.count());
  }
};

}  // namespace memory_tracker
