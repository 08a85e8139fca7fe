#include "binding/retention/counted_flight.hpp"

#include <utility>

#include "binding/retention/weak_objects.hpp"
#include "core/clock.hpp"
#include "core/this_process.hpp"

namespace memory_tracker {
namespace {

uint64_t resident_bytes() noexcept {
  const auto resident = ThisProcess::instance().resident_memory().read();
  return resident ? resident->rss_bytes : 0;
}

// Spreads a clock over all bits (the finalizer of splitmix64).
uint64_t seed() noexcept {
  uint64_t bits = static_cast<uint64_t>(monotonic_ns()) * 0x9E3779B97F4A7C15ULL;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBULL;
  return bits ^ (bits >> 31);
}

}  // namespace

void CountedFlight::begin(std::string shape, VALUE fiber, const ApplicationPaths& paths) {
  shape_ = std::move(shape);
  paths_ = &paths;
  reservoir_.restart(seed());
  thread_ = rb_thread_current();
  fiber_ = fiber;
  pauses_ = 0;
  timing_turn_ = 0;
  cost_ns_ = 0;
  let_go_ = false;
  known_ = false;
  generation_ = ThisProcess::instance().generation();
  rss_at_begin_ = resident_bytes();
  state = State::kCounting;
}

void CountedFlight::begin_empty(VALUE fiber) {
  reservoir_.restart(1);
  thread_ = rb_thread_current();
  fiber_ = fiber;
  let_go_ = true;
  state = State::kCounting;
}

void CountedFlight::add(VALUE object) noexcept {
  if (!reservoir_.draws()) return;
  if (let_go_) return;
  if (timing_turn_++ % kTimedEach != 0) {
    reservoir_.add(object, current_call_site(*paths_));
    return;
  }
  const int64_t began_ns = monotonic_ns();
  reservoir_.add(object, current_call_site(*paths_));
  cost_ns_ += (monotonic_ns() - began_ns) * kTimedEach;
}

void CountedFlight::mark() noexcept {
  if (state == State::kFree || let_go_) return;
  // A child that was forked within the request never comes to its end.
  if (!ThisProcess::instance().is_still(generation_)) return;
  if (state == State::kCounting && rss_at_begin_ != 0 &&
      resident_bytes() > rss_at_begin_ + kMostGrowthBytes) {
    let_go_ = true;
    reservoir_.clear();
    return;
  }
  // Their addresses are compared with those of the running ones, so they must not move.
  rb_gc_mark(thread_);
  rb_gc_mark(fiber_);
  reservoir_.mark();
}

void CountedFlight::end(bool known) noexcept {
  known_ = known;
  request.allocated = reservoir_.offered();
  request.reservoir = reservoir_.size();
  // Now, before the weak references to another one's objects leave traces in them.
  for (uint32_t place = 0; place < reservoir_.size(); ++place) {
    if (!WeakObjects::can_follow(reservoir_[place].object)) reservoir_.drop(place);
  }
  state = State::kEnded;
}

void CountedFlight::release() noexcept {
  reservoir_.clear();
  shape_.clear();
  state = State::kFree;
}

}  // namespace memory_tracker
