#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/output/complaints.hpp"
#include "core/output/line_batch.hpp"
#include "core/output/line_context.hpp"
#include "core/output/sink.hpp"
#include "core/record/dead_recorder.hpp"

namespace memory_tracker {

// Writes what dead processes of the application left: their finished records that are not in the
// log, and a "worker_died" line with what was in flight. Of several processes that start together
// each recorder finds exactly one.
//
// One thread, the writer's as a rule. find() and write() throw nothing but std::bad_alloc.
class Recovery {
 public:
  // No folder: nothing is looked for. An empty key: the recorders of all applications.
  Recovery(std::optional<std::string> folder, std::string application_key, Complaints& complaints);

  // Takes over whose owner is gone, as often as it is called; nothing new as long as something is
  // left to write. False where the folder is refused or not there.
  bool find();

  // Writes as much as the sink takes. A recorder is removed when all of it is in the sink. 0, or
  // the sink's errno: what is left waits for the next call.
  int write(Sink& sink, const LineContext& context);

  uint64_t lines() const noexcept { return lines_; }
  uint64_t recorders() const noexcept { return recorders_; }

 private:
  // How far the first pending one has come into the batch.
  struct Progress {
    uint64_t places = 0;  // of its ring
    uint64_t torn = 0;    // of those, without a whole record
    bool complete = false;
  };

  void collect(DeadRecorder& recorder, const LineContext& context);

  std::optional<std::string> folder_;
  std::string application_key_;
  Complaints& complaints_;
  std::vector<std::unique_ptr<DeadRecorder>> pending_;
  LineBatch batch_;
  Progress progress_;
  uint64_t lines_ = 0;
  uint64_t recorders_ = 0;
};

}  // namespace memory_tracker
