#pragma once

#include <cstdint>
#include <optional>

#include "core/retention/endpoint_history.hpp"
#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// What is known beside an endpoint's own samples.
struct Surroundings {
  RetentionOptions options;
  Moment now;
  ProcessRetention process;
  std::optional<double> traffic_share;  // the endpoint's, of all requests; the low end
};

struct EndpointJudgement {
  EndpointVerdict verdict = EndpointVerdict::kUndecided;
  uint64_t samples_needed = 0;  // where undecided: at least 1
};

// Judges an endpoint. `leaking` accuses somebody's code, so all of this is asked for:
// - at least kLeakWitnesses sampled requests with survivors at the second checkpoint or later, at
//   least kWitnessesOfHalf in each half of the samples that are that old;
// - what lived to the second checkpoint lives at the third;
// - a rate in the late half of all samples that is not below the early half's, and survivors among
//   the young ones;
// - the process grows by as much as the endpoint is said to keep. A full cache fails this one: for
//   each entry that comes another one goes.
// A cache that is far from full has grown as a leak would have, and is called one.
EndpointJudgement judge_endpoint(const EndpointHistory& history, const Surroundings& around);

constexpr uint64_t kLeakWitnesses = 5;
constexpr uint64_t kWitnessesOfHalf = 2;

}  // namespace memory_tracker
