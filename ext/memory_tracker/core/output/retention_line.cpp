#include "core/output/retention_line.hpp"

#include "core/output/estimate_members.hpp"
#include "core/output/line_frame.hpp"

namespace memory_tracker {
namespace {

Estimate times(const Estimate& estimate, double factor) {
  return {estimate.mean * factor, estimate.low * factor, estimate.high * factor};
}

void append_kept(JsonObject& line, const EndpointReport& report) {
  append_estimate(line, "kept_objects", report.kept_objects, 3);
  append_estimate(line, "kept_bytes", report.kept_bytes, 1);
  append_megabytes(line, "kept_per_1000_requests", times(report.kept_bytes, 1000));
  if (report.requests_per_hour) {
    append_megabytes(line, "kept_per_hour", times(report.kept_bytes, *report.requests_per_hour));
  }
  if (report.slope_share) append_decimal(line, "slope_share", *report.slope_share, 3);
}

void append_sites(JsonObject& line, const std::vector<KeptSite>& sites) {
  if (sites.empty()) return;
  std::string array = "[";
  for (const KeptSite& site : sites) {
    if (array.size() > 1) array += ',';
    JsonObject object(array);
    object.text("class", site.class_name);
    object.text("location", site.location);
    append_decimal(object, "share", site.share, 3);
    object.end();
  }
  line.raw("sites", array + "]");
}

}  // namespace

void append_retention_line(std::string& out, int64_t wall_ns, const EndpointReport& report,
                           const LineContext& context) {
  JsonObject line(out);
  const Level level = report.verdict == EndpointVerdict::kLeaking ? Level::kWarn : Level::kInfo;
  begin_line(line, wall_ns, level, "retention", context.pid);
  line.text("endpoint", report.endpoint);
  line.text("verdict", verdict_name(report.verdict));
  line.count("samples", report.samples);
  if (report.verdict == EndpointVerdict::kUndecided) {
    line.count("samples_needed", report.samples_needed);
  }
  if (report.samples > 0) append_kept(line, report);
  append_sites(line, report.sites);
  end_line(line, out, context);
}

}  // namespace memory_tracker
