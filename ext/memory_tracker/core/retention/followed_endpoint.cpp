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
  const EndpointJudgement judgement = judge_endpoint(history, around);
  const bool news = changed || judgement.verdict != report.verdict;
  if (!news) return false;
  const EndpointHistory::Range all = history.all();
  report.endpoint = name;
  report.verdict = judgement.verdict;
  report.samples = history.samples();
  report.samples_needed = judgement.samples_needed;
  report.kept_objects = estimate_mean(history.objects(all), history.mean_scale());
  report.kept_bytes = estimate_mean(history.bytes(all), history.mean_scale() * object_bytes);
  report.sites = (late_sites.empty() ? young_sites : late_sites).top(kReportedSites);
  changed = false;
  return true;
}

bool FollowedEndpoint::may_leak() const noexcept {
  return history.late_positive(history.all()) >= kFewestSuspicious;
}

bool FollowedEndpoint::settled() const noexcept {
  if (report.samples >= kEnoughSamples) return true;
  if (report.verdict == EndpointVerdict::kUndecided) return false;
  const double width = report.kept_objects.high - report.kept_objects.low;
  return width <= std::max(kNarrowObjects, kNarrowShare * report.kept_objects.mean);
}

}  // namespace memory_tracker
