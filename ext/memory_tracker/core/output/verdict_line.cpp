#include "core/output/verdict_line.hpp"

#include "core/output/estimate_members.hpp"
#include "core/output/line_frame.hpp"

namespace memory_tracker {

void append_verdict_line(std::string& out, int64_t wall_ns, const ProcessRetention& process,
                         const LineContext& context) {
  JsonObject line(out);
  const Level level = process.verdict == ProcessVerdict::kLeaking ? Level::kWarn : Level::kInfo;
  begin_line(line, wall_ns, level, "verdict", context.pid);
  line.text("verdict", verdict_name(process.verdict));
  line.count("major_gcs", process.major_gcs);
  if (process.slope) {
    const Estimate& slope = *process.slope;
    append_estimate(line, "old_objects_per_1000_requests",
                    {slope.mean * 1000, slope.low * 1000, slope.high * 1000}, 1);
  }
  end_line(line, out, context);
}

}  // namespace memory_tracker
