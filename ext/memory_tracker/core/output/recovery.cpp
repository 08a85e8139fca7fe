#include "core/output/recovery.hpp"

#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/output/recovered_line.hpp"
#include "core/output/worker_died_line.hpp"
#include "core/process/cgroup.hpp"
#include "core/record/own_recorders.hpp"

namespace memory_tracker {
namespace {

uint64_t current_oom_kills() {
  const auto memory = Cgroup::of_this_process().read();
  return memory && memory->oom_kill_events ? *memory->oom_kill_events : kUnknown;
}

// The dead process's lines are its own: its pid, its clock, its counters.
LineContext context_of(const DeadRecorder& recorder, const LineContext& finder) {
  LineContext context = finder;
  context.pid = recorder.header().pid;
  context.wall_offset_ns = recorder.header().wall_offset_ns.load();
  context.gc_counter_names = recorder.gc_counter_names();
  return context;
}

}  // namespace

Recovery::Recovery(std::optional<std::string> folder, std::string application_key,
                   Complaints& complaints)
    : folder_(std::move(folder)),
      application_key_(std::move(application_key)),
      complaints_(complaints) {}

bool Recovery::find() {
  if (!folder_) return false;
  if (!pending_.empty()) return true;
  try {
    const RecorderFolder folder = RecorderFolder::existing(*folder_);
    pending_ = DeadRecorder::take_over(folder, application_key_, own_recorders::names(),
                                       [this](const std::string& name, const std::string& reason) {
                                         complaints_.raise("recorder " + name,
                                                           "the recorder " + name + " " + reason);
                                       });
    return true;
  } catch (const Error&) {
    // Refused or absent; the process's own recorder has complained about it already.
    return false;
  }
}

int Recovery::write(Sink& sink, const LineContext& context) {
  while (!pending_.empty()) {
    DeadRecorder& recorder = *pending_.front();
    if (!progress_.complete) collect(recorder, context);
    const WriteResult result = sink.write(batch_.pending());
    const LineBatch::Accepted accepted = batch_.accept(result.accepted_bytes);
    // In the dead one's own file, so that a death here repeats little.
    recorder.ring().consume(accepted.places);
    lines_ += accepted.lines;
    if (result.error != 0) return result.error;
    if (!progress_.complete || !batch_.empty()) continue;
    recorder.remove_file();
    pending_.erase(pending_.begin());
    progress_ = {};
    ++recorders_;
  }
  return 0;
}

void Recovery::collect(DeadRecorder& recorder, const LineContext& context) {
  const LineContext dead = context_of(recorder, context);
  const RecordRing& ring = recorder.ring();
  uint64_t offset = batch_.places();
  uint64_t torn_in_a_row = 0;
  // Bounded by a lap, whatever the counters of a damaged file say.
  for (; progress_.places < ring.capacity() && offset < ring.used(); ++offset) {
    if (batch_.full()) return;
    ++progress_.places;
    const RequestRecord* record = ring.peek(offset);
    if (record == nullptr) {
      ++progress_.torn;
      ++torn_in_a_row;
      continue;
    }
    append_recovered_line(batch_.text(), *record, dead);
    batch_.close_record_line(torn_in_a_row + 1);
    torn_in_a_row = 0;
  }
  append_worker_died_line(batch_.text(), recorder, progress_.torn, current_oom_kills(), wall_ns(),
                          context);
  batch_.close_other_line();
  progress_.complete = true;
}

}  // namespace memory_tracker
