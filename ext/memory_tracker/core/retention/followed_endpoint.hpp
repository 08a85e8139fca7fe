#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/retention/endpoint_history.hpp"
#include "core/retention/endpoint_judgement.hpp"
#include "core/retention/retention_report.hpp"
#include "core/retention/sampling_plan.hpp"
#include "core/retention/site_table.hpp"

namespace memory_tracker {

// What the study holds of one endpoint. 6 KB once it has many samples, and up to 8 KB for the
// sites of one that keeps something.
struct FollowedEndpoint {
  explicit FollowedEndpoint(std::string endpoint) : name(std::move(endpoint)) {}

  // Judges by what is known now. True when the report says something else than before.
  // `object_bytes`: what an object that is kept has, where this endpoint has shown none.
  bool judge(const Surroundings& around, double object_bytes);

  // Enough survivors are old enough to accuse it.
  bool may_leak() const noexcept;

  // Its verdict is there, and more samples would not tell much more.
  bool settled() const noexcept;

  // Where suspicion is, samples go: see SamplingPlan::take().
  double seat_weight() const noexcept;

  std::string name;
  EndpointHistory history;
  SiteTable young_sites;  // of survivors at the first checkpoint
  SiteTable late_sites;   // ... at later ones
  SamplingPlan::Seat seat;
  uint64_t candidates = 0;
  bool changed = false;  // since it was judged
  EndpointReport report;

 private:
  // Judged to leak, and not yet for long enough to be called so.
  bool is_only_suspected(EndpointVerdict judged, const Moment& now) noexcept;

  std::optional<uint64_t> suspected_at_;  // in major GCs; since then every time
};

}  // namespace memory_tracker
