#include "core/output/process_line.hpp"

#include <cstring>
#include <string>

#include "core/output/lifecycle_line.hpp"
#include "support/byte_source.hpp"
#include "support/expect.hpp"
#include "support/json_members.hpp"
#include "support/log_reader.hpp"
#include "targets/targets.hpp"

namespace memory_tracker::fuzz {
namespace {

std::optional<uint64_t> maybe(ByteSource& source) {
  if (source.number<uint8_t>() % 2 == 0) return std::nullopt;
  return source.number<uint64_t>();
}

ProcessReport read_report(ByteSource& source) {
  ProcessReport report;
  report.wall_ns = source.number<int64_t>();
  report.memory = ProcessMemorySample{maybe(source), maybe(source), maybe(source), maybe(source),
                                      maybe(source), maybe(source), maybe(source)};
  report.private_memory = PrivateMemorySample{source.number<uint64_t>(), source.number<uint64_t>()};
  report.private_age_ns = source.number<int64_t>();
  report.allocator = AllocatorFigures{source.number<uint64_t>(), source.number<uint64_t>(),
                                      source.number<uint64_t>(), source.number<uint64_t>()};
  report.cgroup = CgroupMemory{source.number<uint8_t>(),
                               maybe(source),
                               maybe(source),
                               maybe(source),
                               maybe(source),
                               maybe(source)};
  report.requests = source.number<uint64_t>();
  report.own = {source.number<int64_t>(), source.number<int64_t>(), source.number<uint64_t>()};
  return report;
}

}  // namespace

// The lines that say what the process is, and the three that tell of its course.
void process_line(std::string_view input) {
  ByteSource source(input);
  LineContext context;
  context.pid = source.number<uint32_t>();
  context.constant_members = json_members(source, "constant ");
  context.gc_counter_names = {"count", "heap_live_slots"};
  ProcessReport report = read_report(source);
  RubyCounters ruby{};
  source.fill(&ruby, sizeof ruby);
  report.ruby = &ruby;

  std::string text;
  append_process_line(text, report, context);
  expect(read_line(text).contains("rss") == report.memory->rss_bytes.has_value(),
         "a figure that could not be had is absent");
  text.clear();
  append_started_line(text, report.wall_ns, json_members(source, "started "), context);
  append_dropped_line(text, report.wall_ns, ruby.gc_count, report.requests, context);
  append_stopped_line(text, report.wall_ns, {report.requests, ruby.gc_count, 0, 0}, context);
  expect(read_lines(text).size() == 3, "one event is one line");
}

}  // namespace memory_tracker::fuzz
