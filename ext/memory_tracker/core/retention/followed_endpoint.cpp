#include "core/retention/followed_endpoint.hpp"

#include <algorithm>

namespace memory_tracker {
namespace {

constexpr uint64_t kFewestSuspicious = 6;
constexpr size_t kReportedSites = 8;

// Narrow: within a fifth of the mean, or of half an object.
constexpr double kNarrowShare = 0.4;
constexpr double kNarrowObjects = 0.5;
// An endpoint of which so many samples say little has objects beyond number.
constexpr uint64_t kEnoughSamples = 500;

// A cache that fills looks like a leak for a while, at one of the many times at which it is judged:
// it has to look like one at each of them, for so many major GCs.
constexpr uint64_t kMajorGcsOfSuspicion = 5;

}  // namespace

bool FollowedEndpoint::judge(const Surroundings& around, double object_bytes) {
  EndpointJudgement judgement = judge_endpoint(history, around);
  if (is_only_suspected(judgement.verdict, around.now)) {
    judgement = {EndpointVerdict::kUndecided, 1};
  }
  // A verdict stands until there is another: at the edge of what can be told it would come and go.
  const bool stands = report.verdict == EndpointVerdict::kFilling ||
                      report.verdict == EndpointVerdict::kHolding ||
                      (report.verdict == EndpointVerdict::kLeaking &&
                       around.process.verdict != ProcessVerdict::kFilling);
  if (stands && judgement.verdict == EndpointVerdict::kUndecided) {
    judgement = {report.verdict, 0};
  }
  const bool news = changed || judgement.verdict != report.verdict;
  if (!news) return false;
  const EndpointHistory::View view = history.best(around.options, around.now);
  report.endpoint = name;
  report.verdict = judgement.verdict;
  report.samples = history.samples();
  report.samples_needed = judgement.samples_needed;
  report.kept_objects = estimate_mean(history.objects(view), history.mean_scale());
  report.kept_bytes = estimate_mean(history.bytes(view), history.mean_scale() * object_bytes);
  report.sites = (late_sites.empty() ? young_sites : late_sites).top(kReportedSites);
  changed = false;
  return true;
}

bool FollowedEndpoint::is_only_suspected(EndpointVerdict judged, const Moment& now) noexcept {
  if (judged != EndpointVerdict::kLeaking) {
    suspected_at_.reset();
    return false;
  }
  if (!suspected_at_) suspected_at_ = now.major_gcs;
  return report.verdict != EndpointVerdict::kLeaking &&
         now.major_gcs - *suspected_at_ < kMajorGcsOfSuspicion;
}

bool FollowedEndpoint::may_leak() const noexcept {
  return history.positive({0, history.all().end, 1}) >= kFewestSuspicious;
}

bool FollowedEndpoint::settled() const noexcept {
  if (report.samples >= kEnoughSamples) return true;
  if (report.verdict == EndpointVerdict::kUndecided) return false;
  const double width = report.kept_objects.high - report.kept_objects.low;
  return width <= std::max(kNarrowObjects, kNarrowShare * report.kept_objects.mean);
}

double FollowedEndpoint::seat_weight() const noexcept {
  if (settled()) return 8;
  return report.verdict == EndpointVerdict::kClean ? 4 : 1;
}

}  // namespace memory_tracker
