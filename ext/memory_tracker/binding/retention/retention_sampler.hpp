#pragma once

#include <ruby.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "binding/retention/counted_flight.hpp"
#include "binding/retention/followed_sample.hpp"
#include "binding/retention/known_texts.hpp"
#include "core/application_paths.hpp"
#include "core/record/flight.hpp"
#include "core/tracker.hpp"

namespace memory_tracker {

struct RetentionStats {
  RetentionFigures figures;
  uint64_t in_flight = 0;  // sampled requests under way
  uint64_t followed = 0;   // samples that will be looked at again
  double share_of_time = 0;
  std::string refused;  // why nothing is sampled; empty: it is
};

// Finds out what requests leave alive: of a sampled request it counts the objects of its own
// thread, holds some of them until the request ends, and then looks after so many major collections
// which are still there. What that means is for the study to say.
//
// A request goes through candidate(), begin(), pause(), conclude() and work(). All of it under the
// GVL. A request that is not sampled pays a decrement and two comparisons; only candidate() and
// work() call Ruby methods, and only the latter allocates Ruby objects, after the request's own
// figures have been read.
class RetentionSampler {
 public:
  // For a tracker that is told to sample. Says so where this Ruby cannot be.
  RetentionSampler(Tracker& tracker, ApplicationPaths paths);
  ~RetentionSampler();
  RetentionSampler(const RetentionSampler&) = delete;
  RetentionSampler& operator=(const RetentionSampler&) = delete;

  // Whether the request that is about to begin may be sampled. Raises what another thread throws at
  // this one, so the request must not have begun.
  bool candidate() { return enabled_ && (study_ == nullptr || study_->candidate()) && ask_ruby(); }
  // The candidate has begun. From here on its objects count, if it is chosen.
  void begin(Tracker& tracker, Flight& flight) noexcept;

  // The end has come, but has not been measured: what follows is the tracker's own doing.
  void pause(const Flight& flight) noexcept {
    if (flight.sample != 0) stop_counting(flight);
  }
  // It has been measured, and is still to be recorded.
  void conclude(Tracker& tracker, Flight& flight) noexcept {
    if (flight.sample != 0) end(tracker, flight);
  }

  // What is left to be done once a request has been recorded, and no other is around it. A little
  // of it at a time. The state to jump with, where another thread threw something at this one.
  bool has_work(uint64_t major_gcs) const noexcept {
    return enabled_ && (ended_ != 0 || major_gcs != seen_major_gcs_);
  }
  int work(Tracker& tracker, uint64_t major_gcs) noexcept;
  // Looks at all that is due, however much, and however few requests there were since: who asks has
  // run the collections. The state to jump with.
  int look_now(Tracker& tracker) noexcept;

  RetentionStats stats() const;

  void mark() noexcept;
  // Lets go of everything, for good.
  void stop() noexcept;

 private:
  static constexpr size_t kMostFollowed = 512;
  // Of these, that have been looked at before: the others are not to wait for them.
  static constexpr size_t kMostLate = 384;
  static constexpr size_t kLooksAtOnce = 4;

  class Turn;

  void stop_counting(const Flight& flight) noexcept;
  void end(Tracker& tracker, Flight& flight) noexcept;
  void refuse(Tracker& tracker);
  bool ask_ruby();
  bool permitted(Tracker& tracker);
  void renew(Tracker& tracker) noexcept;
  CountedFlight* free_place(uint32_t& number);
  bool own_process() const noexcept;
  int hand_over_ended();
  int hand_over(CountedFlight& flight);
  void note_collections(Tracker& tracker, uint64_t major_gcs) noexcept;
  int look_again(size_t most, uint64_t requests);
  FollowedSample* due_sample(uint64_t requests, int64_t now_ns) const noexcept;
  void tell(FollowedSample& sample);
  void thin_out_late();
  void forget(const FollowedSample& sample) noexcept;
  void let_go() noexcept;

  ApplicationPaths paths_;
  KnownTexts texts_;
  bool enabled_;
  const char* obstacle_ = nullptr;  // found by the last candidate
  std::string refused_;             // at present
  std::vector<std::unique_ptr<CountedFlight>> flights_;
  std::vector<std::unique_ptr<FollowedSample>> followed_;
  uint32_t ended_ = 0;               // flights that wait for their hand-over
  uint64_t seen_major_gcs_ = 0;      // of which all that was due has been looked at
  uint64_t major_gcs_ = 0;           // of which the study knows
  uint64_t requests_ = 0;            // that had ended by then
  bool busy_ = false;                // a thread is at work, and others come by meanwhile
  bool letting_go_ = false;          // wanted while it was: it does so when it is done
  RetentionStudy* study_ = nullptr;  // of the session; null: none yet
  uint64_t generation_ = 0;          // of the process that study_ belongs to
  int64_t began_ns_ = 0;
  int64_t last_turn_ns_ = 0;  // of thread CPU time, without collections
};

}  // namespace memory_tracker
