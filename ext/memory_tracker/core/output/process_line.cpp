#include "core/output/process_line.hpp"

#include "core/output/gc_members.hpp"
#include "core/output/line_frame.hpp"

namespace memory_tracker {
namespace {

void append_bytes(JsonObject& object, const char* key, const std::optional<uint64_t>& bytes) {
  if (bytes) object.megabytes(key, static_cast<int64_t>(*bytes));
}

void append_memory(JsonObject& line, const ProcessReport& report) {
  if (report.memory) {
    const ProcessMemorySample& memory = *report.memory;
    append_bytes(line, "rss", memory.rss_bytes);
    append_bytes(line, "anonymous", memory.anonymous_bytes);
    append_bytes(line, "file", memory.file_bytes);
    append_bytes(line, "shared", memory.shared_bytes);
    append_bytes(line, "swap", memory.swap_bytes);
    append_bytes(line, "peak", memory.peak_bytes);
    if (memory.threads) line.count("threads", *memory.threads);
  }
  if (report.private_memory) {
    append_bytes(line, "pss", report.private_memory->pss_bytes);
    append_bytes(line, "uss", report.private_memory->uss_bytes);
    line.decimal("pss_age", report.private_age_ns / 1'000'000, 3);
  }
}

void append_allocator(JsonObject& line, const ProcessReport& report) {
  line.text("allocator", allocator_name());
  if (!report.allocator) return;
  JsonObject figures = line.object("allocator_stats");
  append_bytes(figures, "allocated", report.allocator->allocated_bytes);
  append_bytes(figures, "active", report.allocator->active_bytes);
  append_bytes(figures, "resident", report.allocator->resident_bytes);
  append_bytes(figures, "retained", report.allocator->retained_bytes);
  figures.end();
}

void append_cgroup(JsonObject& line, const std::optional<CgroupMemory>& memory) {
  if (!memory) return;
  JsonObject cgroup = line.object("cgroup");
  cgroup.integer("version", memory->version);
  append_bytes(cgroup, "limit", memory->limit_bytes);
  append_bytes(cgroup, "usage", memory->usage_bytes);
  if (memory->max_events) cgroup.count("max_events", *memory->max_events);
  if (memory->oom_events) cgroup.count("oom_events", *memory->oom_events);
  if (memory->oom_kill_events) cgroup.count("oom_kill_events", *memory->oom_kill_events);
  cgroup.end();
}

}  // namespace

void append_process_line(std::string& out, const ProcessReport& report,
                         const LineContext& context) {
  JsonObject line(out);
  begin_line(line, report.wall_ns, Level::kInfo, "process", context.pid);
  append_memory(line, report);
  append_allocator(line, report);
  append_cgroup(line, report.cgroup);
  if (report.ruby != nullptr) append_gc_counters(line, "gc_stats", *report.ruby, context);
  line.count("requests", report.requests);
  JsonObject own = line.object("tracker");
  own.decimal("writer_cpu_ms", report.own.writer_cpu_ns / 1000, 3);
  own.decimal("request_ms", report.own.request_ns / 1000, 3);
  own.megabytes("memory", static_cast<int64_t>(report.own.bytes));
  own.end();
  end_line(line, out, context);
}

}  // namespace memory_tracker
