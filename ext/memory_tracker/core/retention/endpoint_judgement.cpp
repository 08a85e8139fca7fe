#include "core/retention/endpoint_judgement.hpp"

#include <algorithm>
#include <cmath>

#include "core/retention/growth_course.hpp"

namespace memory_tracker {
namespace {

using Range = EndpointHistory::Range;

// One-sided 95 % of a normal distribution, and two-sided.
constexpr double kDeviate95 = 1.645;
constexpr double kDeviate975 = 1.96;

// The late half's rate, as a share of the early half's, at the low end of its interval.
constexpr double kConstantShare = 0.4;
// Where the rate has fallen before, and what is left of it may be the tail of a cache that fills.
constexpr double kConstantShareAfterFall = 0.6;
// ... at the high end: it falls.
constexpr double kFallingShare = 0.8;
constexpr uint64_t kFewestFalling = 5;  // samples with survivors

// An endpoint of which every request keeps something needs fewer witnesses.
constexpr double kAlwaysShare = 0.9;
constexpr uint64_t kWitnessesOfAlways = 3;

constexpr double kStayingShare = 0.8;  // of survivors, to the next checkpoint: they stay
constexpr double kFreedShare = 0.5;    // they go
constexpr uint64_t kFewestFreed = 5;
constexpr double kFreedSamplesShare = 0.05;  // of all samples; fewer are strays

// A stack that nobody has run on keeps an object or two alive by accident.
constexpr double kStrayShare = 0.02;
constexpr uint64_t kFewestYoung = 10;
constexpr double kWarmUpShare = 0.25;  // of an endpoint's samples, where the others are clean
constexpr uint64_t kFewestClean = 20;
constexpr uint64_t kEnoughClean = 75;
constexpr double kCleanObjects = 1;    // the high end of what a clean endpoint may keep a request
constexpr double kRuleOfThree = 3.69;  // what 95 % leave possible of what nobody saw

// Slopes and traffic are estimates too.
constexpr double kDisbelief = 1.5;

enum class Course { kConstant, kFalling, kUnclear };

Course course_of(const EndpointHistory& history, Range early, Range late, double constant_share) {
  const KeptMoments before = history.objects(early);
  const KeptMoments after = history.objects(late);
  const uint64_t positive = history.positive(early) + history.positive(late);
  if (before.sum <= 0) return after.sum > 0 ? Course::kConstant : Course::kUnclear;
  if (after.sum <= 0) return positive >= kFewestFalling ? Course::kFalling : Course::kUnclear;
  const double share = after.mean() / before.mean();
  const double spread = std::sqrt(relative_variance(before) + relative_variance(after));
  const double high = share * std::exp(kDeviate975 * spread);
  if (share * std::exp(-kDeviate95 * spread) >= constant_share && high >= 1) {
    return Course::kConstant;
  }
  return high < kFallingShare && positive >= kFewestFalling ? Course::kFalling : Course::kUnclear;
}

// What is old enough is still there.
bool stays(const EndpointHistory& history, const ProcessRetention& process) {
  const EndpointHistory::Survival& to_last = history.survival(2);
  if (to_last.samples >= kFewestFreed) return to_last.of_objects() >= kStayingShare;
  return history.survival(1).of_samples() >= kFreedShare && process.is_rising();
}

bool is_freed(const EndpointHistory& history) {
  for (size_t checkpoint = 1; checkpoint < kCheckpoints; ++checkpoint) {
    const EndpointHistory::Survival& survival = history.survival(checkpoint);
    const bool often = static_cast<double>(survival.samples) >=
                       kFreedSamplesShare * static_cast<double>(history.samples());
    // By both, because a few strays are many objects where an endpoint keeps one.
    const double share = std::max(survival.of_objects(), survival.of_samples());
    if (survival.samples >= kFewestFreed && often && share < kFreedShare) return true;
  }
  return false;
}

// The process does not grow by what the endpoint is said to keep.
bool is_contradicted(const KeptMoments& kept, double scale, const Surroundings& around) {
  if (!around.process.slope || !around.traffic_share) return false;
  const double said = estimate_mean(kept, scale).low * *around.traffic_share;
  return said > kDisbelief * std::max(around.process.slope->high, kNegligibleSlope);
}

// Keeps at a constant rate, by witnesses in both halves of what is old enough, and still does.
bool keeps_on(const EndpointHistory& history, Range mature, double constant_share) {
  const Range early = EndpointHistory::part(mature, 0, 0.5);
  const Range late = EndpointHistory::part(mature, 0.5, 1);
  const auto requests = static_cast<double>(history.objects(mature).requests);
  const bool always = static_cast<double>(history.positive(mature)) >= kAlwaysShare * requests;
  const uint64_t witnesses = always ? kWitnessesOfAlways : kLeakWitnesses;
  if (history.late_positive(early) < witnesses) return false;
  if (history.late_positive(late) < witnesses) return false;
  if (course_of(history, early, late, constant_share) != Course::kConstant) return false;
  const Range young{mature.end, history.all().end};
  if (history.objects(young).requests < kFewestYoung) return true;
  return course_of(history, mature, young, constant_share) != Course::kFalling;
}

bool is_clean(const EndpointHistory& history, Range range) {
  const KeptMoments kept = history.objects(range);
  const uint64_t positive = history.positive(range);
  if (kept.requests < kFewestClean) return false;
  if (positive == 0 && kept.requests >= kEnoughClean) return true;
  return static_cast<double>(positive) <= kStrayShare * static_cast<double>(kept.requests) &&
         estimate_mean(kept, history.mean_scale()).high <= kCleanObjects;
}

uint64_t samples_needed(const EndpointHistory& history) {
  const auto samples = static_cast<double>(history.samples());
  const auto positive = static_cast<double>(history.positive(history.all()));
  const double clean =
      std::clamp(kRuleOfThree * history.mean_scale() / kCleanObjects,
                 static_cast<double>(kFewestClean), static_cast<double>(kEnoughClean));
  const double leak = positive == 0 ? 0 : 2 * kLeakWitnesses * samples / positive;
  return static_cast<uint64_t>(std::max(0.0, std::ceil(std::max(clean, leak) - samples)));
}

EndpointVerdict verdict_of(const EndpointHistory& history, const Surroundings& around) {
  const Range all = history.all();
  const Range mature = history.mature();
  const double scale = history.mean_scale();
  const bool staying = stays(history, around.process);
  if (staying && keeps_on(history, mature, kConstantShare)) {
    return is_contradicted(history.objects(all), scale, around) ? EndpointVerdict::kHolding
                                                                : EndpointVerdict::kLeaking;
  }
  if (is_freed(history)) return EndpointVerdict::kHolding;
  const Range later = EndpointHistory::part(all, kWarmUpShare, 1);
  const Course course = course_of(history, EndpointHistory::part(all, 0, 0.5),
                                  EndpointHistory::part(all, 0.5, 1), kConstantShare);
  if (course == Course::kFalling) {
    const Range second_half = EndpointHistory::part(mature, 0.5, 1);
    if (staying && keeps_on(history, second_half, kConstantShareAfterFall) &&
        !is_contradicted(history.objects(second_half), scale, around)) {
      return EndpointVerdict::kLeaking;
    }
    return is_clean(history, later) ? EndpointVerdict::kClean : EndpointVerdict::kFilling;
  }
  if (is_clean(history, all) || is_clean(history, later)) return EndpointVerdict::kClean;
  return EndpointVerdict::kUndecided;
}

}  // namespace

EndpointJudgement judge_endpoint(const EndpointHistory& history, const Surroundings& around) {
  EndpointJudgement judgement;
  judgement.verdict = verdict_of(history, around);
  if (judgement.verdict == EndpointVerdict::kUndecided) {
    judgement.samples_needed = samples_needed(history);
  }
  return judgement;
}

}  // namespace memory_tracker
