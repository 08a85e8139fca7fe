#include "core/output/verdict_line.hpp"

#include "core/output/estimate_members.hpp"
#include "core/output/json_object.hpp"

namespace memory_tracker {

void append_verdict_line(std::string& out, int64_t wall_ns, const ProcessRetention& process,
                         const LineContext& context) {
  JsonObject line(out);
  line.text("time", iso8601_utc(wall_ns));
  line.text("level", process.verdict == ProcessVerdict::kLeaking ? "WARN" : "INFO");
  line.text("event", "verdict");
  line.integer("schema", kSchema);
  line.count("pid", context.pid);
  line.text("verdict", verdict_name(process.verdict));
  line.count("major_gcs", process.major_gcs);
  if (process.slope) {
    const Estimate& slope = *process.slope;
    append_estimate(line, "old_objects_per_1000_requests",
                    {slope.mean * 1000, slope.low * 1000, slope.high * 1000}, 1);
  }
  line.raw_members(context.constant_members);
  line.end();
  out += '\n';
}

}  // namespace memory_tracker
