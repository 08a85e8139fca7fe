#pragma once

#include <string>

#include "core/output/line_context.hpp"
#include "core/record/dead_recorder.hpp"

namespace memory_tracker {

// What a process was doing when it died: when it was last seen, its last and its largest resident
// set, each request in flight, and, where the cgroup counts such things, whether the kernel's
// out-of-memory killer has struck since. `oom_kills` is the count of now, or kUnknown. `context` is
// that of the process that found it.
void append_worker_died_line(std::string& out, const DeadRecorder& recorder, uint64_t torn,
                             uint64_t oom_kills, int64_t wall_ns, const LineContext& context);

}  // namespace memory_tracker
