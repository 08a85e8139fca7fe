#include "core/output/line_frame.hpp"

namespace memory_tracker {
namespace {

constexpr int kSchema = 1;

}  // namespace

void begin_line(JsonObject& line, int64_t wall_ns, Level level, std::string_view event,
                uint32_t pid) {
  line.text("time", iso8601_utc(wall_ns));
  line.text("level", level == Level::kWarn ? "WARN" : "INFO");
  line.text("event", event);
  line.integer("schema", kSchema);
  line.count("pid", pid);
}

void end_line(JsonObject& line, std::string& out, const LineContext& context) {
  line.raw_members(context.constant_members);
  line.end();
  out += '\n';
}

}  // namespace memory_tracker
