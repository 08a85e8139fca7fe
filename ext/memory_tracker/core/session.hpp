#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "core/options.hpp"
#include "core/output/complaints.hpp"
#include "core/output/line_context.hpp"
#include "core/output/writer.hpp"
#include "core/record/flight_recorder.hpp"
#include "core/retention/retention_study.hpp"

namespace memory_tracker {

// What one process owns for one tracker: the recorder, the writer and its sink. Made at the first
// request of the process; a forked child makes its own. Never destroyed, because a child and a
// process that is exiting cannot destroy it safely.
class Session {
 public:
  // Null where there is neither memory nor a thread to be had; `complaints` then says why. A
  // recorder folder that is refused costs the black box, not the service.
  static Session* open(const Options& options, Complaints& complaints) noexcept;

  FlightRecorder& recorder() noexcept { return *recorder_; }
  const FlightRecorder& recorder() const noexcept { return *recorder_; }
  Writer& writer() noexcept { return *writer_; }
  const Writer& writer() const noexcept { return *writer_; }
  RequestTotals& totals() noexcept { return totals_; }
  const RequestTotals& totals() const noexcept { return totals_; }
  // Null where retention is not sampled.
  RetentionStudy* study() noexcept { return study_; }
  const LineContext& line_context() const noexcept { return context_; }

  // True when everything recorded before the call is in the sink. Waits, so without the GVL; the
  // caller holds the session, from before it gave the GVL up.
  bool flush(std::chrono::nanoseconds patience) noexcept { return writer_->flush(patience); }
  void hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() noexcept { holders_.fetch_sub(1, std::memory_order_release); }

  // Flushes and ends the writer; then the recorder's file is removed and its memory given back,
  // unless the sink did not take everything (the file is the only copy) or somebody holds on.
  // Waits, so without the GVL. Called once, by whoever took the session from its tracker.
  bool close(std::chrono::nanoseconds patience) noexcept;

  // In a forked child, of its parent's session: gives back the mapping and the descriptor and
  // touches nothing else. The object is of no use afterwards.
  void leave_to_parent() noexcept { recorder_->leave(); }

 private:
  Session(const Options& options, Complaints& complaints);

  RequestTotals totals_;
  LineContext context_;
  FlightRecorder* recorder_;
  RetentionStudy* study_ = nullptr;
  Writer* writer_;
  std::atomic<int> holders_{0};
};

// The inside of a JSON object: {"a":1} is "a":1. Empty for {} and for anything that is no object.
std::string object_members(const std::string& json);

}  // namespace memory_tracker
