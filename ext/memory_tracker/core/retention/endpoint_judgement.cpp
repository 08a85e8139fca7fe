#include "core/retention/endpoint_judgement.hpp"

#include <algorithm>
#include <cmath>

#include "core/retention/growth_course.hpp"

namespace memory_tracker {
namespace {

using View = EndpointHistory::View;

// One-sided 95 % of a normal distribution, and two-sided.
constexpr double kDeviate95 = 1.645;
constexpr double kDeviate975 = 1.96;
// A rate that falls is looked for again and again.
constexpr double kDeviate995 = 2.576;

// The late half's rate, as a share of the early half's, at the low end of its interval.
constexpr double kConstantShare = 0.35;
// Where the rate has fallen before, or most of the process's growth is this endpoint's and has
// slowed down: it may be a cache that fills, whose own samples are too few to tell.
constexpr double kConstantShareOfCaches = 0.7;
constexpr double kFallingShareOfSuspects = 0.85;
constexpr double kLargeSlopeShare = 0.3;
// ... at the high end: it falls.
constexpr double kFallingShare = 0.8;
constexpr uint64_t kFewestFalling = 5;  // samples with survivors

constexpr double kSurelyExpected = 4;  // so many that none is no accident: 1.8 %

// An endpoint of which every request keeps something needs fewer witnesses.
constexpr double kAlwaysShare = 0.9;
constexpr uint64_t kWitnessesOfAlways = 3;

constexpr double kStayingShare = 0.8;  // of survivors, to the next checkpoint: they stay
constexpr double kFreedShare = 0.5;    // they go
constexpr uint64_t kFewestFreed = 6;
constexpr double kFreedSamplesShare = 0.06;  // of the mature samples; fewer are strays

// A stack that nobody has run on keeps an object or two alive by accident.
constexpr double kStrayShare = 0.02;
constexpr double kYoungStrayShare = 0.05;  // to the first look
constexpr double kWarmUpShare = 0.25;      // of an endpoint's samples, where the others are clean
constexpr uint64_t kFewestClean = 20;
constexpr uint64_t kEnoughClean = 75;
constexpr double kCleanObjects = 1;    // the high end of what a clean endpoint may keep a request
constexpr double kRuleOfThree = 3.69;  // what 95 % leave possible of what nobody saw

// Slopes and traffic are estimates too.
constexpr double kDisbelief = 1.5;

enum class Course { kConstant, kFalling, kUnclear };

Course course_of(const EndpointHistory& history, View early, View late, bool suspect) {
  const KeptMoments before = history.objects(early);
  const KeptMoments after = history.objects(late);
  const uint64_t positive = history.positive(early) + history.positive(late);
  if (before.sum <= 0) return after.sum > 0 ? Course::kConstant : Course::kUnclear;
  if (after.sum <= 0) return positive >= kFewestFalling ? Course::kFalling : Course::kUnclear;
  const double share = after.mean() / before.mean();
  const double spread = std::sqrt(relative_variance(before) + relative_variance(after));
  const double high = share * std::exp(kDeviate975 * spread);
  const double constant_share = suspect ? kConstantShareOfCaches : kConstantShare;
  if (share * std::exp(-kDeviate95 * spread) >= constant_share && high >= 1) {
    return Course::kConstant;
  }
  const bool falls = share * std::exp(kDeviate995 * spread) < kFallingShare ||
                     (suspect && share < kFallingShareOfSuspects);
  return falls && positive >= kFewestFalling ? Course::kFalling : Course::kUnclear;
}

// What is old enough is still there.
bool stays(const EndpointHistory& history, const ProcessRetention& process) {
  const EndpointHistory::Survival& to_last = history.survival(2);
  if (to_last.samples >= kFewestFreed) return to_last.of_objects() >= kStayingShare;
  return history.survival(1).of_samples() >= kFreedShare && process.is_rising();
}

bool is_freed(const EndpointHistory& history, View mature) {
  for (size_t checkpoint = 1; checkpoint < kCheckpoints; ++checkpoint) {
    const EndpointHistory::Survival& survival = history.survival(checkpoint);
    const bool often = static_cast<double>(survival.samples) >=
                       kFreedSamplesShare * static_cast<double>(history.requests(mature));
    // By both, because a few strays are many objects where an endpoint keeps one.
    const double share = std::max(survival.of_objects(), survival.of_samples());
    if (survival.samples >= kFewestFreed && often && share < kFreedShare) return true;
  }
  return false;
}

// The process does not grow by what the endpoint is said to keep.
bool is_contradicted(const EndpointHistory& history, View view, const Surroundings& around) {
  if (!around.process.slope || !around.traffic_share) return false;
  const Estimate kept = estimate_mean(history.objects(view), history.mean_scale());
  const double said = kept.low * *around.traffic_share;
  return said > kDisbelief * std::max(around.process.slope->high, kNegligibleSlope);
}

// Keeps at a constant rate, by witnesses in both halves of what is old enough, and still does.
bool keeps_on(const EndpointHistory& history, View mature, bool suspect) {
  const View early = mature.part(0, 0.5);
  const View late = mature.part(0.5, 1);
  const auto requests = static_cast<double>(history.requests(mature));
  const double staying = history.staying(mature);
  const bool always = staying >= kAlwaysShare * requests;
  const uint64_t witnesses = always ? kWitnessesOfAlways : kLeakWitnesses;
  if (history.positive(early) < witnesses || history.positive(late) < witnesses) return false;
  if (course_of(history, early, late, suspect) != Course::kConstant) return false;
  // The young ones do not know yet what stays, but where nothing is left at their first look,
  // nothing will.
  const View young{mature.end, history.all().end, 0};
  const double expected = static_cast<double>(history.requests(young)) * staying / requests;
  return history.positive(young) > 0 || expected < kSurelyExpected;
}

// Most of the process's growth is this endpoint's, and it has slowed down.
bool may_be_what_fills(const EndpointHistory& history, View best, const Surroundings& around) {
  if (around.process.verdict != ProcessVerdict::kFilling || !around.traffic_share) return false;
  const double kept = history.objects(best).mean() * *around.traffic_share;
  return kept >= kLargeSlopeShare * around.process.slope->mean;
}

bool is_clean(const EndpointHistory& history, View looks) {
  const View late_looks{looks.begin, looks.end, 1};
  const KeptMoments kept = history.objects(late_looks);
  const auto requests = static_cast<double>(kept.requests);
  const auto late = static_cast<double>(history.positive(late_looks));
  const auto young = static_cast<double>(history.positive(looks)) - late;
  if (kept.requests < kFewestClean || young > kYoungStrayShare * requests) return false;
  if (late == 0 && kept.requests >= kEnoughClean) return true;
  return late <= kStrayShare * requests &&
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
  const View mature = history.mature(around.options, around.now);
  const View best = history.best(around.options, around.now);
  const bool staying = stays(history, around.process);
  const bool suspect = may_be_what_fills(history, best, around);
  if (staying && keeps_on(history, mature, suspect)) {
    if (!is_contradicted(history, best, around)) return EndpointVerdict::kLeaking;
    return around.process.is_rising() ? EndpointVerdict::kFilling : EndpointVerdict::kHolding;
  }
  if (is_freed(history, mature)) return EndpointVerdict::kHolding;
  const View early = mature.part(0, 0.5);
  const View late = mature.part(0.5, 1);
  if (history.positive(mature) >= kFewestFalling && is_contradicted(history, best, around)) {
    const bool less = history.objects(late).mean() < kFallingShare * history.objects(early).mean();
    return less ? EndpointVerdict::kFilling : EndpointVerdict::kHolding;
  }
  const View all = history.all();
  const View later = all.part(kWarmUpShare, 1);
  if (course_of(history, early, late, suspect) == Course::kFalling) {
    if (staying && keeps_on(history, late, true) && !is_contradicted(history, late, around)) {
      return EndpointVerdict::kLeaking;
    }
    return is_clean(history, later) ? EndpointVerdict::kClean : EndpointVerdict::kFilling;
  }
  return is_clean(history, all) || is_clean(history, later) ? EndpointVerdict::kClean
                                                            : EndpointVerdict::kUndecided;
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
