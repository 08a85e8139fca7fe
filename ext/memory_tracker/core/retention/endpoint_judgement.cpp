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

// The late half's rate, as a share of the early half's, at the low end of its interval: what forty
// samples of a leak of one object reach nearly always.
constexpr double kConstantShare = 0.35;
// Where much of the process's growth is this endpoint's and has slowed down: it may be a cache that
// fills, whose own samples are too few to tell. Everywhere, this much is no fall, however surely it
// is below 1: many samples tell a rate of 0.9 from a constant one, and a leak's traffic varies.
constexpr double kSurelyConstantShare = 0.7;
constexpr double kFallingShareOfSuspects = 0.85;
constexpr double kLargeSlopeShare = 0.3;
// ... at the high end: it falls.
constexpr double kFallingShare = 0.8;
constexpr uint64_t kFewestFalling = 5;  // samples with survivors

constexpr double kSurelyExpected = 4;  // so many that none is no accident: 1.8 %

constexpr double kStayingShare = 0.8;  // of survivors, to the next checkpoint: they stay
constexpr uint64_t kFewestStaying = 4;
constexpr double kFreedShare = 0.5;  // they go
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

// Whether the process's own course says that the endpoint fills something.
enum class Suspicion { kNone, kWeak, kStrong };

enum class Course { kConstant, kFalling, kUnclear };

Course course_of(const EndpointHistory& history, View early, View late, Suspicion suspicion) {
  const KeptMoments before = history.objects(early);
  const KeptMoments after = history.objects(late);
  const uint64_t positive = history.positive(early) + history.positive(late);
  if (before.requests == 0 || after.requests == 0) return Course::kUnclear;
  if (before.sum <= 0) return after.sum > 0 ? Course::kConstant : Course::kUnclear;
  if (after.sum <= 0) return positive >= kFewestFalling ? Course::kFalling : Course::kUnclear;
  const double share = after.mean() / before.mean();
  const double spread = std::sqrt(relative_variance(before) + relative_variance(after));
  const double high = share * std::exp(kDeviate975 * spread);
  const double low = share * std::exp(-kDeviate95 * spread);
  if (low >= kSurelyConstantShare) return Course::kConstant;
  if (suspicion == Suspicion::kNone && low >= kConstantShare && high >= 1) {
    return Course::kConstant;
  }
  const bool falls = share * std::exp(kDeviate995 * spread) < kFallingShare ||
                     (suspicion == Suspicion::kStrong && share < kFallingShareOfSuspects);
  return falls && positive >= kFewestFalling ? Course::kFalling : Course::kUnclear;
}

bool falling(const EndpointHistory& history, View view, Suspicion suspicion) {
  return course_of(history, view.part(0, 0.5), view.part(0.5, 1), suspicion) == Course::kFalling;
}

// What lived to the second checkpoint lives at the third. So nobody is accused at the first sight
// of survivors: twenty major GCs lie between these two looks, in which a cache goes on filling.
bool stays(const EndpointHistory& history) {
  const EndpointHistory::Survival& to_last = history.survival(2);
  return to_last.samples >= kFewestStaying && to_last.of_objects() >= kStayingShare;
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
bool is_contradicted(const Estimate& kept, const Surroundings& around) {
  if (!around.process.slope || !around.traffic_share) return false;
  const double said = kept.low * *around.traffic_share;
  return said > kDisbelief * std::max(around.process.slope->high, kNegligibleSlope);
}

bool is_contradicted(const EndpointHistory& history, View view, const Surroundings& around) {
  return is_contradicted(estimate_mean(history.objects(view), history.mean_scale()), around);
}

// Many samples have survivors at their first look, and these would make the process grow if they
// stayed. Said where too few of them are old enough for a second look to tell.
bool lets_go(const EndpointHistory& history, const Surroundings& around) {
  const View all = history.all();
  const auto young = static_cast<double>(history.positive(all));
  if (young < kFewestFreed || young <= kYoungStrayShare * static_cast<double>(history.samples())) {
    return false;
  }
  return is_contradicted(estimate_mean(history.seen_objects(all), history.mean_scale()), around);
}

// Keeps at a constant rate, by witnesses in both halves of what is old enough, and still does. The
// course is that of all samples: the young ones count with the part that stays, which is the same
// for all, and so a fall shows that the old ones alone are too few to show.
bool keeps_on(const EndpointHistory& history, View mature, Suspicion suspicion) {
  if (history.positive(mature) < kLeakWitnesses) return false;
  if (history.staying(mature.part(0, 0.5)) < kWitnessesOfHalf ||
      history.staying(mature.part(0.5, 1)) < kWitnessesOfHalf) {
    return false;
  }
  const View all = history.all();
  if (course_of(history, all.part(0, 0.5), all.part(0.5, 1), suspicion) != Course::kConstant) {
    return false;
  }
  const auto requests = static_cast<double>(history.requests(mature));
  const double staying = history.staying(mature);
  // The young ones do not know yet what stays, but where nothing is left at their first look,
  // nothing will.
  const View young{mature.end, history.all().end, 0};
  const double expected = static_cast<double>(history.requests(young)) * staying / requests;
  return history.positive(young) > 0 || expected < kSurelyExpected;
}

// Much of the process's growth is this endpoint's, and it has slowed down by what it would have if
// this endpoint had. The process's course is known from all requests, not from the sampled ones.
Suspicion suspicion_of(const EndpointHistory& history, View best, const Surroundings& around) {
  if (!around.process.is_rising() || !around.traffic_share) return Suspicion::kNone;
  const double kept = history.objects(best).mean() * *around.traffic_share;
  const double growth_share = std::min(1.0, kept / around.process.slope->mean);
  if (growth_share < kLargeSlopeShare) return Suspicion::kNone;
  if (around.process.verdict == ProcessVerdict::kFilling) return Suspicion::kStrong;
  const bool slower = around.process.late_share < 1 - growth_share * (1 - kFallingShare);
  return slower ? Suspicion::kWeak : Suspicion::kNone;
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

// So many samples, were the rate constant, would show that it is.
double samples_of_course(const EndpointHistory& history) {
  const KeptMoments early = history.objects(history.all().part(0, 0.5));
  const KeptMoments late = history.objects(history.all().part(0.5, 1));
  if (early.sum <= 0 || late.sum <= 0) return 0;
  const double wanted = -std::log(kConstantShare) / kDeviate95;
  const double variance = relative_variance(early) + relative_variance(late);
  return static_cast<double>(history.samples()) * variance / (wanted * wanted);
}

// At least one: where there are enough, their survivors are too young, and what is found when these
// are older is found with a later sample.
uint64_t samples_needed(const EndpointHistory& history, View mature) {
  const auto samples = static_cast<double>(history.samples());
  const auto positive = static_cast<double>(history.positive(history.all()));
  const auto old = static_cast<double>(history.positive(mature));
  const double clean =
      std::clamp(kRuleOfThree * history.mean_scale() / kCleanObjects,
                 static_cast<double>(kFewestClean), static_cast<double>(kEnoughClean));
  const double missing = std::max(0.0, kLeakWitnesses - old);
  const double leak = positive == 0 ? 0 : samples + missing * samples / positive;
  const double wanted = std::max({clean, leak, samples_of_course(history)});
  return static_cast<uint64_t>(std::max(1.0, std::ceil(wanted - samples)));
}

EndpointVerdict verdict_of(const EndpointHistory& history, View mature,
                           const Surroundings& around) {
  const View best = history.best(around.options, around.now);
  const Suspicion suspicion = suspicion_of(history, best, around);
  if (stays(history) && keeps_on(history, mature, suspicion)) {
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
  // By the young ones as well, where what they show stays.
  const bool falls =
      history.knows_survival() && (falling(history, mature, suspicion) ||
                                   (best.end == all.end && falling(history, best, suspicion)));
  if (is_clean(history, all.part(kWarmUpShare, 1))) return EndpointVerdict::kClean;
  if (falls) return EndpointVerdict::kFilling;
  if (is_clean(history, all)) return EndpointVerdict::kClean;
  return lets_go(history, around) ? EndpointVerdict::kHolding : EndpointVerdict::kUndecided;
}

}  // namespace

EndpointJudgement judge_endpoint(const EndpointHistory& history, const Surroundings& around) {
  EndpointJudgement judgement;
  const View mature = history.mature(around.options, around.now);
  judgement.verdict = verdict_of(history, mature, around);
  if (judgement.verdict == EndpointVerdict::kUndecided) {
    judgement.samples_needed = samples_needed(history, mature);
  }
  return judgement;
}

}  // namespace memory_tracker
