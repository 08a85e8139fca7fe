#include "core/output/lifecycle_line.hpp"

#include "core/output/line_frame.hpp"

namespace memory_tracker {

void append_started_line(std::string& out, int64_t wall_ns, std::string_view members,
                         const LineContext& context) {
  JsonObject line(out);
  begin_line(line, wall_ns, Level::kInfo, "started", context.pid);
  line.raw_members(members);
  end_line(line, out, context);
}

void append_dropped_line(std::string& out, int64_t wall_ns, uint64_t count, uint64_t total,
                         const LineContext& context) {
  JsonObject line(out);
  begin_line(line, wall_ns, Level::kWarn, "dropped", context.pid);
  line.count("count", count);
  line.count("total", total);
  end_line(line, out, context);
}

void append_stopped_line(std::string& out, int64_t wall_ns, const StopCounts& counts,
                         const LineContext& context) {
  JsonObject line(out);
  begin_line(line, wall_ns, Level::kInfo, "stopped", context.pid);
  line.count("requests", counts.requests);
  line.count("warnings", counts.warnings);
  line.count("sampled_out", counts.sampled_out);
  line.count("dropped", counts.dropped);
  end_line(line, out, context);
}

}  // namespace memory_tracker
