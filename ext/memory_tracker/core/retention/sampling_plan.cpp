#include "core/retention/sampling_plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace memory_tracker {
namespace {

// Budget that may be saved up: after a quiet night a burst of samples costs what a minute earns.
constexpr double kSavedNs = 60e9;
constexpr double kReserve = 0.05;  // of that, for the endpoints that have fewest samples

// Of the samples taken, half are forgotten after this, so that a new endpoint catches up.
constexpr int64_t kHalfLifeNs = 300'000'000'000;

double share_of_budget(SamplingPlan::Urgency urgency) noexcept {
  switch (urgency) {
    case SamplingPlan::Urgency::kUrgent:
      return 1;
    case SamplingPlan::Urgency::kLooking:
      return 0.5;
    default:
      return 0.25;
  }
}

// A candidate that is not chosen costs the shape of its path. An endpoint with 1 % of the traffic
// is met often enough at 1 in 4; one with 0.1 % takes 1 in 2.
double candidate_rate(SamplingPlan::Urgency urgency) noexcept {
  switch (urgency) {
    case SamplingPlan::Urgency::kUrgent:
      return 1.0 / 2;
    case SamplingPlan::Urgency::kLooking:
      return 1.0 / 4;
    default:
      return 1.0 / 32;
  }
}

void halve(SamplingPlan::Seat& seat, int64_t now_ns) noexcept {
  const int64_t half_life = now_ns / kHalfLifeNs;
  if (half_life > seat.halved_at) {
    seat.taken = std::ldexp(seat.taken,
                            -static_cast<int>(std::min<int64_t>(half_life - seat.halved_at, 1000)));
    seat.halved_at = half_life;
  }
}

}  // namespace

SamplingPlan::SamplingPlan(const RetentionOptions& options, int64_t now_ns) noexcept
    : options_(options),
      earned_until_ns_(now_ns),
      random_state_(static_cast<uint64_t>(now_ns) | 1) {}

// xorshift64*: above 0, up to 1.
double SamplingPlan::random() noexcept {
  random_state_ ^= random_state_ >> 12;
  random_state_ ^= random_state_ << 25;
  random_state_ ^= random_state_ >> 27;
  const uint64_t bits = (random_state_ * 0x2545F4914F6CDD1DULL) >> 11;
  return static_cast<double>(bits + 1) * 0x1.0p-53;
}

int64_t SamplingPlan::next_candidate() noexcept {
  if (options_.mode == RetentionOptions::Mode::kOff) return std::numeric_limits<int64_t>::max();
  const double rate =
      options_.mode == RetentionOptions::Mode::kRate ? options_.rate : candidate_rate(urgency_);
  if (rate >= 1) return 1;
  // The distance between successes of independent draws.
  const double distance = std::log(random()) / std::log1p(-rate);
  return 1 + static_cast<int64_t>(std::min(distance, 1e15));
}

void SamplingPlan::earn(int64_t now_ns) noexcept {
  const auto elapsed = static_cast<double>(std::max<int64_t>(0, now_ns - earned_until_ns_));
  const double share = options_.budget_share * share_of_budget(urgency_);
  credit_ns_ = std::min(credit_ns_ + elapsed * share, options_.budget_share * kSavedNs);
  earned_until_ns_ = now_ns;
}

bool SamplingPlan::take(Seat& seat, double weight, bool scarce, int64_t now_ns) noexcept {
  if (options_.mode == RetentionOptions::Mode::kRate) return true;
  if (options_.mode == RetentionOptions::Mode::kOff) return false;
  earn(now_ns);
  halve(seat, now_ns);
  halve(level_, now_ns);
  const double filled = seat.taken * weight;
  const bool at_level = filled >= level_.taken;
  // The fuller a seat, the more must be left over for the others.
  const double reserve = kReserve * options_.budget_share * kSavedNs;
  if (credit_ns_ <= reserve * (at_level ? 1 : filled / level_.taken)) return false;
  if (at_level && scarce) return false;
  if (at_level) level_.taken = filled + 1;
  seat.taken += 1;
  return true;
}

}  // namespace memory_tracker
