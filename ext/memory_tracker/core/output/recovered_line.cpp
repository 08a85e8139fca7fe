#include "core/output/recovered_line.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "core/output/request_line.hpp"

namespace memory_tracker {
namespace {

bool is_printable(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char byte) { return byte >= ' ' && byte <= '~'; });
}

// JSON without a member that stands twice in one object.
bool is_unambiguous(std::string_view line) {
  using nlohmann::json;
  std::vector<std::set<std::string>> open_objects;
  bool unambiguous = true;
  const auto watch = [&](int /*depth*/, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == json::parse_event_t::object_end) open_objects.pop_back();
    if (event == json::parse_event_t::key) {
      unambiguous = open_objects.back().insert(parsed.get<std::string>()).second && unambiguous;
    }
    return true;
  };
  return !json::parse(line, watch, false).is_discarded() && unambiguous;
}

}  // namespace

void append_recovered_line(std::string& out, const RequestRecord& record,
                           const LineContext& context) {
  const size_t begin = out.size();
  append_request_line(out, record, context);
  if (record.texts.get(Text::kFields).empty()) return;
  std::string_view line = std::string_view(out).substr(begin);
  line.remove_suffix(1);
  if (is_printable(line) && is_unambiguous(line)) return;
  RequestRecord without = record;
  without.texts.leave_out(Text::kFields);
  out.resize(begin);
  append_request_line(out, without, context);
}

}  // namespace memory_tracker
