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

}  // namespace

bool FollowedEndpoint::judge(const Surroundings& around, double object_bytes) {
  EndpointJudgement judgement = judge_endpoint(history, around);
  // A verdict stands until there is another: at the edge of what can be told it would come and go.
  const bool stands = report.verdict == EndpointVerdict::kFilling ||
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
