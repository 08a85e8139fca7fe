#include "core/output/request_line.hpp"

#include "core/output/gc_members.hpp"
#include "core/output/line_frame.hpp"
#include "core/output/route_shape.hpp"

namespace memory_tracker {
namespace {

const char* event_name(Event event) {
  switch (event) {
    case Event::kJob:
      return "job";
    case Event::kBlock:
      return "block";
    default:
      return "request";
  }
}

void append_memory(JsonObject& line, const RequestRecord& record) {
  const uint64_t before = record.before.process.rss_bytes;
  const uint64_t after = record.after.process.rss_bytes;
  if (before != kUnknown) line.megabytes("memory_before", static_cast<int64_t>(before));
  if (after != kUnknown) line.megabytes("memory_after", static_cast<int64_t>(after));
  if (before != kUnknown && after != kUnknown) {
    line.megabytes("memory_growth", static_cast<int64_t>(after - before));
  }
  if (record.touched_bytes != kUnknown) {
    line.megabytes("touched", static_cast<int64_t>(record.touched_bytes));
  }
  if (record.attributed_bytes != kUnknownSigned) {
    line.megabytes("attributed_growth", record.attributed_bytes);
  }
  line.text("scope", record.shared_scope ? "shared" : "exclusive");
  line.count("overlap", record.overlap);
}

void append_objects(JsonObject& line, const char* key, const ObjectCounts& objects) {
  JsonObject object = line.object(key);
  for (size_t index = 0; index < kObjectTypeCount; ++index) {
    if (objects.counts[index] != 0) object.count(kObjectTypes[index], objects.counts[index]);
  }
  object.end();
}

const char* scope_name(FigureScope scope) {
  return scope == FigureScope::kThread ? "thread" : "process";
}

void append_count(JsonObject& line, const char* key, uint64_t count) {
  if (count != kUnknown) line.count(key, count);
}

void append_milliseconds(JsonObject& line, const char* key, uint64_t nanoseconds) {
  if (nanoseconds != kUnknown) line.decimal(key, static_cast<int64_t>(nanoseconds / 1000), 3);
}

void append_ruby(JsonObject& line, const RequestRecord& record, const LineContext& context) {
  const RubyCounters& before = record.before.ruby;
  const RubyCounters& after = record.after.ruby;
  if (record.allocated_objects != kUnknown) {
    line.count("allocated_objects", record.allocated_objects);
    line.text("allocations_scope", scope_name(record.allocation_scope));
  }
  append_count(line, "allocated_bytes", record.allocated_bytes);
  append_count(line, "freed_bytes", record.freed_bytes);
  append_gc_counters(line, "gc_stats_before", before, context);
  append_gc_counters(line, "gc_stats_after", after, context);
  if (record.gc_time_ns != kUnknown) {
    append_milliseconds(line, "gc_time_ms", record.gc_time_ns);
    append_milliseconds(line, "gc_wait_ms", record.gc_wait_ns);
    line.text("gc_scope", scope_name(record.gc_scope));
  }
  append_count(line, "gc_count", increase(before.gc_count, after.gc_count));
  append_count(line, "gc_major_count", increase(before.gc_major_count, after.gc_major_count));
  if (record.has_object_counts) {
    append_objects(line, "objects_before", record.objects_before);
    append_objects(line, "objects_after", record.objects_after);
  }
}

void append_truncated(JsonObject& line, const TextArea& texts) {
  if (!texts.any_truncated()) return;
  std::string names = "[";
  for (size_t index = 0; index < kTextCount; ++index) {
    if (!texts.truncated(static_cast<Text>(index))) continue;
    if (names.size() > 1) names += ',';
    append_json_string(names, kTextRules[index].name);
  }
  line.raw("truncated", names + "]");
}

void append_identity(JsonObject& line, const RequestRecord& record) {
  const TextArea& texts = record.texts;
  const auto text = [&](Text which) {
    line.text_if_any(kTextRules[static_cast<size_t>(which)].name, texts.get(which));
  };
  for (const Text which : {Text::kName, Text::kRequestId, Text::kMethod, Text::kUrl,
                           Text::kController, Text::kAction}) {
    text(which);
  }
  const std::string_view url = texts.get(Text::kUrl);
  if (!texts.get(Text::kRoute).empty()) {
    text(Text::kRoute);
  } else if (!url.empty()) {
    line.text("route", route_shape(url));
  }
  if (record.status != kUnknownCount) line.integer("status", record.status);
  text(Text::kError);
}

}  // namespace

void append_request_line(std::string& out, const RequestRecord& record,
                         const LineContext& context) {
  // Unsigned, because a record from a damaged file may hold anything and is not to overflow.
  const auto began = static_cast<uint64_t>(record.before.process.monotonic_ns);
  const auto ended = static_cast<uint64_t>(record.after.process.monotonic_ns);
  const auto duration = static_cast<int64_t>(ended - began);
  const auto offset = static_cast<uint64_t>(context.wall_offset_ns);
  JsonObject line(out);
  begin_line(line, static_cast<int64_t>(ended + offset),
             record.warned ? Level::kWarn : Level::kInfo, event_name(record.event), context.pid);
  line.count("seq", record.seq);
  append_identity(line, record);
  line.decimal("request_time", duration / 1000, 6);
  append_memory(line, record);
  if (record.warned) line.megabytes("threshold", static_cast<int64_t>(record.threshold_bytes));
  append_ruby(line, record, context);
  if (record.query_cache_before != kUnknownCount) {
    line.integer("query_cache_before", record.query_cache_before);
  }
  if (record.query_cache_after != kUnknownCount) {
    line.integer("query_cache_after", record.query_cache_after);
  }
  const std::string_view thread = record.texts.get(Text::kThread);
  if (!thread.empty()) {
    line.text("thread", thread);
  } else {
    line.count("thread", record.thread_number);
  }
  line.count("in_flight", record.in_flight);
  if (record.unclosed != 0) line.flag("unclosed", true);
  append_truncated(line, record.texts);
  // A cut object is no JSON; that it was cut stands in `truncated`.
  if (!record.texts.truncated(Text::kFields)) line.raw_members(record.texts.get(Text::kFields));
  end_line(line, out, context);
}

}  // namespace memory_tracker
