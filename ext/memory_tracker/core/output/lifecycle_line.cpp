#include "core/output/lifecycle_line.hpp"

#include "core/output/json_object.hpp"

namespace memory_tracker {
namespace {

void append_head(JsonObject& line, int64_t wall_ns, const char* level, const char* event,
                 const LineContext& context) {
  line.text("time", iso8601_utc(wall_ns));
  line.text("level", level);
  line.text("event", event);
  line.integer("schema", kSchema);
  line.count("pid", context.pid);
}

void append_tail(JsonObject& line, std::string& out, const LineContext& context) {
  line.raw_members(context.constant_members);
  line.end();
  out += '\n';
}

}  // namespace

void append_started_line(std::string& out, int64_t wall_ns, std::string_view members,
                         const LineContext& context) {
  JsonObject line(out);
  append_head(line, wall_ns, "INFO", "started", context);
  line.raw_members(members);
  append_tail(line, out, context);
}

void append_dropped_line(std::string& out, int64_t wall_ns, uint64_t count, uint64_t total,
                         const LineContext& context) {
  JsonObject line(out);
  append_head(line, wall_ns, "WARN", "dropped", context);
  line.count("count", count);
  line.count("total", total);
  append_tail(line, out, context);
}

void append_stopped_line(std::string& out, int64_t wall_ns, const StopCounts& counts,
                         const LineContext& context) {
  JsonObject line(out);
  append_head(line, wall_ns, "INFO", "stopped", context);
  line.count("requests", counts.requests);
  line.count("warnings", counts.warnings);
  line.count("sampled_out", counts.sampled_out);
  line.count("dropped", counts.dropped);
  append_tail(line, out, context);
}

}  // namespace memory_tracker
