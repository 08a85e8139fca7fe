#pragma once

#include <string>
#include <string_view>

#include "core/output/line_context.hpp"

namespace memory_tracker {

// The first line of a process. `members` is the inside of a JSON object: versions and settings.
void append_started_line(std::string& out, int64_t wall_ns, std::string_view members,
                         const LineContext& context);

// Records that found the ring full since the last such line: their seqs are missing from the log.
void append_dropped_line(std::string& out, int64_t wall_ns, uint64_t count, uint64_t total,
                         const LineContext& context);

struct StopCounts {
  uint64_t requests = 0;
  uint64_t warnings = 0;
  uint64_t sampled_out = 0;
  uint64_t dropped = 0;
};

// The last line of a process that ended in order.
void append_stopped_line(std::string& out, int64_t wall_ns, const StopCounts& counts,
                         const LineContext& context);

}  // namespace memory_tracker
