#pragma once

#include <ruby.h>

#include <cstdint>
#include <string>

#include "binding/retention/reservoir.hpp"
#include "core/application_paths.hpp"
#include "core/retention/retention_study.hpp"

namespace memory_tracker {

// One sampled request, from its beginning until its objects are followed weakly. Only what its own
// thread allocates counts, and of that only what the fiber that began it does.
//
// Under the GVL. Ruby objects are held as long as the state is not kFree, and are let go when the
// process has grown too much meanwhile, see mark().
class CountedFlight {
 public:
  enum class State : uint8_t {
    kFree,
    kCounting,  // under way
    kEnded,     // waits for its objects to be handed over
    kHandingOver,
  };

  // `fiber`: the one that is running.
  void begin(std::string shape, VALUE fiber, const ApplicationPaths& paths);

  // One that keeps nothing.
  void begin_empty(VALUE fiber);

  // Within a NEWOBJ hook.
  bool counts_thread(VALUE thread) const noexcept { return thread == thread_ && pauses_ == 0; }
  bool counts_fiber(VALUE fiber) const noexcept { return fiber == fiber_; }
  void add(VALUE object) noexcept;

  // What the tracker itself allocates within the request is not the request's.
  void pause_on(VALUE thread) noexcept { pauses_ += thread == thread_ ? 1 : 0; }
  void resume_on(VALUE thread) noexcept { pauses_ -= thread == thread_ ? 1 : 0; }

  // Called while the collector marks. A request is not to grow by being looked at: where what is
  // kept from being collected may have made the process grow by kMostGrowthBytes, all is let go.
  void mark() noexcept;

  // The request has ended; `known`: what it has allocated is what was counted. Calls no method.
  void end(bool known) noexcept;
  void release() noexcept;

  State state = State::kFree;
  SampledRequest request;

  // Since its end: whether its objects can be followed.
  bool usable() const noexcept { return known_ && !let_go_; }

  const std::string& shape() const noexcept { return shape_; }
  const Reservoir& reservoir() const noexcept { return reservoir_; }
  int64_t cost_ns() const noexcept { return cost_ns_; }

 private:
  static constexpr uint64_t kMostGrowthBytes = uint64_t{64} << 20;
  static constexpr uint32_t kTimedEach = 8;

  Reservoir reservoir_;
  const ApplicationPaths* paths_ = nullptr;  // the sampler's
  std::string shape_;
  VALUE thread_ = 0;
  VALUE fiber_ = 0;
  uint32_t pauses_ = 0;
  uint32_t timing_turn_ = 0;
  int64_t cost_ns_ = 0;  // of looking at the stack
  uint64_t rss_at_begin_ = 0;
  uint64_t generation_ = 0;  // of the process
  bool let_go_ = false;
  bool known_ = false;
};

}  // namespace memory_tracker
