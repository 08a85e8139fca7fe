#pragma once

#include <cstdint>

#include "core/retention/retention_options.hpp"

namespace memory_tracker {

// Which requests are sampled. One thread; throws nothing, allocates nothing.
//
// Every so many requests, at random, so that no pattern in the traffic escapes or is met each time,
// one is a candidate. Under a rate a candidate is sampled. Under a budget endpoints get samples
// evenly, not requests: each has a seat, and all seats fill to one level before it rises. What is
// spent is taken from a credit that grows with time; the level rises only while some of the credit
// is left over, so that a rare endpoint finds some when it comes.
class SamplingPlan {
 public:
  // What samples are wanted for.
  enum class Urgency : uint8_t {
    kQuiet,    // every endpoint has its verdict: a quarter of the budget
    kLooking,  // some have none: half of it
    kUrgent,   // the process grows, and who keeps how much is not known well: all of it
  };
  struct Seat {
    double taken = 0;
    int64_t halved_at = 0;  // in half-lives
  };

  SamplingPlan(const RetentionOptions& options, int64_t now_ns) noexcept;

  // Requests to the next candidate, it included.
  int64_t next_candidate() noexcept;

  // An endpoint of weight 4 gets a quarter of the samples of one of weight 1. `scarce`: there is
  // not much room for samples.
  bool take(Seat& seat, double weight, bool scarce, int64_t now_ns) noexcept;

  void note_cost(int64_t nanoseconds) noexcept {
    cost_ns_ += nanoseconds;
    credit_ns_ -= static_cast<double>(nanoseconds);
  }
  int64_t cost_ns() const noexcept { return cost_ns_; }
  void set_urgency(Urgency urgency) noexcept { urgency_ = urgency; }
  Urgency urgency() const noexcept { return urgency_; }

 private:
  double random() noexcept;
  void earn(int64_t now_ns) noexcept;

  RetentionOptions options_;
  Urgency urgency_ = Urgency::kLooking;
  int64_t cost_ns_ = 0;
  double credit_ns_ = 0;
  int64_t earned_until_ns_;
  Seat level_;
  uint64_t random_state_;
};

}  // namespace memory_tracker
