#include "support/log_reader.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "support/expect.hpp"

namespace memory_tracker::fuzz {
namespace {

using nlohmann::json;

json parse_strictly(std::string_view line) {
  expect(
      std::all_of(line.begin(), line.end(), [](char byte) { return byte >= ' ' && byte <= '~'; }),
      "a line has printable ASCII only, so that nothing in it moves a terminal");
  std::vector<std::set<std::string>> open_objects;
  const auto watch = [&](int /*depth*/, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == json::parse_event_t::object_end) open_objects.pop_back();
    if (event == json::parse_event_t::key) {
      const auto name = parsed.get<std::string>();
      expect(open_objects.back().insert(name).second, "no member stands twice: " + name);
    }
    return true;
  };
  try {
    json object = json::parse(line, watch);
    expect(object.is_object(), "a line is a JSON object");
    return object;
  } catch (const json::exception& error) {
    throw Broken(std::string("a line is JSON: ") + error.what() + " in " + std::string(line));
  }
}

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(json(text).dump());
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

}  // namespace

std::vector<json> read_lines(std::string_view text) {
  std::vector<json> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    expect(end != std::string_view::npos, "a line ends with a newline");
    lines.push_back(parse_strictly(text.substr(0, end)));
    text.remove_prefix(end + 1);
  }
  return lines;
}

json read_line(std::string_view text) {
  auto lines = read_lines(text);
  expect(lines.size() == 1, "one record is one line");
  return lines.front();
}

void expect_same_text(const json& line, const char* member, std::string_view given) {
  expect(line.contains(member) == !given.empty(), std::string("present when given: ") + member);
  if (given.empty()) return;
  expect(line[member].is_string(), std::string("a text: ") + member);
  if (is_utf8(given)) expect(line[member] == given, std::string("unchanged: ") + member);
}

}  // namespace memory_tracker::fuzz
