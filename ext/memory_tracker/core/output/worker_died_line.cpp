#include "core/output/worker_died_line.hpp"

#include <algorithm>

#include "core/output/line_frame.hpp"
#include "core/output/route_shape.hpp"

namespace memory_tracker {
namespace {

// Whole numbers of a damaged file may be anything; their difference wraps instead of overflowing.
int64_t difference(int64_t later, int64_t earlier) {
  return static_cast<int64_t>(static_cast<uint64_t>(later) - static_cast<uint64_t>(earlier));
}

void append_request(std::string& out, const RequestRecord& record, int64_t last_seen_ns) {
  JsonObject request(out);
  const TextArea& texts = record.texts;
  for (const Text which : {Text::kName, Text::kRequestId, Text::kMethod, Text::kUrl}) {
    request.text_if_any(kTextRules[static_cast<size_t>(which)].name, texts.get(which));
  }
  if (!texts.get(Text::kUrl).empty()) request.text("route", route_shape(texts.get(Text::kUrl)));
  const int64_t age_ns = difference(last_seen_ns, record.before.process.monotonic_ns);
  // It may have begun after the writer last looked.
  request.decimal("age", age_ns < 0 ? 0 : age_ns / 1'000'000, 3);
  if (record.before.process.rss_bytes != kUnknown) {
    request.megabytes("memory_before", static_cast<int64_t>(record.before.process.rss_bytes));
  }
  request.end();
}

void append_bytes(JsonObject& line, const char* key, uint64_t bytes) {
  if (bytes != 0) line.megabytes(key, static_cast<int64_t>(bytes));
}

}  // namespace

void append_worker_died_line(std::string& out, const DeadRecorder& recorder, uint64_t torn,
                             uint64_t oom_kills, int64_t wall_ns, const LineContext& context) {
  const RecorderHeader& header = recorder.header();
  const int64_t last_seen_ns = header.last_seen_monotonic_ns.load();
  JsonObject line(out);
  begin_line(line, wall_ns, Level::kWarn, "worker_died", header.pid);
  line.count("found_by", context.pid);
  line.text("last_seen",
            iso8601_utc(difference(
                last_seen_ns,
                static_cast<int64_t>(0 - static_cast<uint64_t>(header.wall_offset_ns.load())))));
  const uint64_t last_rss_bytes = header.last_rss_bytes.load();
  append_bytes(line, "last_rss", last_rss_bytes);
  append_bytes(line, "peak", std::max(last_rss_bytes, header.peak_rss_bytes.load()));
  const uint64_t kills_before = header.oom_kills.load();
  // A smaller count is another cgroup's: a new container says nothing of the old one's end.
  if (kills_before != kUnknown && oom_kills != kUnknown && oom_kills >= kills_before) {
    line.flag("oom_kill", oom_kills > kills_before);
  }
  line.count("last_seq", header.last_seq.load());
  line.count("dropped", header.dropped.load() - header.dropped_reported.load());
  if (torn > 0) line.count("torn", torn);
  std::string requests = "[";
  for (const RequestRecord* record : recorder.in_flight()) {
    if (requests.size() > 1) requests += ',';
    append_request(requests, *record, last_seen_ns);
  }
  line.raw("in_flight", requests + "]");
  end_line(line, out, context);
}

}  // namespace memory_tracker
