#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace memory_tracker {

// Appends the members of one JSON object to a string, in the order of the calls. Numbers are
// printed here; a text that is anything but plain ASCII goes through nlohmann/json, which escapes
// it and replaces what is not UTF-8. A document tree would cost 5 us a line, most of it for nodes
// that live for a microsecond.
//
// end() once, at the end. Throws nothing but std::bad_alloc. One thread.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  void text(std::string_view key, std::string_view value);
  void text_if_any(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void integer(std::string_view key, int64_t value);
  void count(std::string_view key, uint64_t value);
  void flag(std::string_view key, bool value);

  // The value with `digits` decimals, from a whole number of the smallest unit: decimal("ms",
  // 1234, 3) is 1.234.
  void decimal(std::string_view key, int64_t units, int digits);
  void megabytes(std::string_view key, int64_t bytes);

  // `members` is the inside of an object that is already JSON: "a":1,"b":2 or nothing.
  void raw_members(std::string_view members);
  // `json` is any value that is already JSON.
  void raw(std::string_view key, std::string_view json);

  // Begins a nested object; its end() comes before the next call to this one.
  JsonObject object(std::string_view key);

  void end() { out_ += '}'; }

 private:
  void key(std::string_view name);

  std::string& out_;
  bool empty_ = true;
};

// The text as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

// 2026-11-21T02:23:54.123456Z
std::string iso8601_utc(int64_t wall_ns);

}  // namespace memory_tracker
