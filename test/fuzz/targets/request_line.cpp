#include "core/output/request_line.hpp"

#include <cstring>
#include <set>
#include <string>

#include "support/byte_source.hpp"
#include "support/expect.hpp"
#include "support/json_members.hpp"
#include "support/log_reader.hpp"
#include "targets/targets.hpp"

namespace memory_tracker::fuzz {
namespace {

RequestRecord read_record(ByteSource& source) {
  RequestRecord record;
  std::memset(static_cast<void*>(&record), 0, sizeof record);
  record.clear();
  for (size_t index = 0; index < kTextCount; ++index) {
    if (static_cast<Text>(index) == Text::kFields) continue;
    record.texts.set(static_cast<Text>(index), source.text(kTextRules[index].limit_bytes + 8));
  }
  record.texts.set(Text::kFields, json_members(source, "own "));
  const TextArea texts = record.texts;
  source.fill(&record, sizeof record);
  record.texts = texts;
  return record;
}

// Distinct, as those of GC.stat are.
std::vector<std::string> read_names(ByteSource& source) {
  std::vector<std::string> names;
  for (size_t count = source.number<uint8_t>() % (kMaxGcCounters + 8); count > 0; --count) {
    names.push_back(std::to_string(count) + ":" + source.text(kTextRules[0].limit_bytes));
  }
  return names;
}

}  // namespace

void request_line(std::string_view input) {
  ByteSource source(input);
  LineContext context;
  context.pid = source.number<uint32_t>();
  context.wall_offset_ns = source.number<int64_t>();
  context.gc_counter_names = read_names(source);
  context.constant_members = json_members(source, "constant ");
  const RequestRecord record = read_record(source);

  std::string text;
  append_request_line(text, record, context);
  const nlohmann::json line = read_line(text);
  expect(line["pid"] == context.pid && line["seq"] == record.seq, "pid and seq name a line");
  for (const Text which : {Text::kName, Text::kRequestId, Text::kMethod, Text::kUrl,
                           Text::kController, Text::kAction, Text::kError}) {
    expect_same_text(line, kTextRules[static_cast<size_t>(which)].name, record.texts.get(which));
  }
  expect(line.contains("truncated") == record.texts.any_truncated(), "a cut is told");
}

}  // namespace memory_tracker::fuzz
