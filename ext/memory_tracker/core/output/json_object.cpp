#include "core/output/json_object.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>

namespace memory_tracker {
namespace {

constexpr int64_t kBytesPerMegabyte = 1'048'576;

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char byte) {
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
  });
}

template <typename Number>
void append_number(std::string& out, Number value) {
  std::array<char, 24> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  // ensure_ascii: control characters of C1, line separators and the direction marks that fool a
  // terminal are escaped as well, and a reader that splits at U+2028 sees one line.
  const nlohmann::json value(text);
  out += value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void JsonObject::key(std::string_view name) {
  if (!empty_) out_ += ',';
  empty_ = false;
  append_json_string(out_, name);
  out_ += ':';
}

void JsonObject::text(std::string_view name, std::string_view value) {
  key(name);
  append_json_string(out_, value);
}

void JsonObject::integer(std::string_view name, int64_t value) {
  key(name);
  append_number(out_, value);
}

void JsonObject::count(std::string_view name, uint64_t value) {
  key(name);
  append_number(out_, value);
}

void JsonObject::flag(std::string_view name, bool value) {
  key(name);
  out_ += value ? "true" : "false";
}

void JsonObject::decimal(std::string_view name, int64_t units, int digits) {
  key(name);
  uint64_t magnitude = units < 0 ? 0 - static_cast<uint64_t>(units) : static_cast<uint64_t>(units);
  uint64_t scale = 1;
  for (int digit = 0; digit < digits; ++digit) scale *= 10;
  if (units < 0) out_ += '-';
  append_number(out_, magnitude / scale);
  magnitude %= scale;
  out_ += '.';
  for (scale /= 10; scale > 0; scale /= 10) {
    out_ += static_cast<char>('0' + magnitude / scale % 10);
  }
}

void JsonObject::megabytes(std::string_view name, int64_t bytes) {
  // Rounded half away from zero; as doubles, because bytes * 1000 could overflow.
  const double thousandths = static_cast<double>(bytes) * 1000 / kBytesPerMegabyte;
  decimal(name, static_cast<int64_t>(thousandths + (bytes < 0 ? -0.5 : 0.5)), 3);
}

void JsonObject::raw_members(std::string_view members) {
  if (members.empty()) return;
  if (!empty_) out_ += ',';
  empty_ = false;
  out_ += members;
}

void JsonObject::raw(std::string_view name, std::string_view json) {
  key(name);
  out_ += json;
}

JsonObject JsonObject::object(std::string_view name) {
  key(name);
  return JsonObject(out_);
}

std::string iso8601_utc(int64_t wall_ns) {
  time_t seconds = wall_ns / 1'000'000'000;
  int64_t microseconds = wall_ns % 1'000'000'000 / 1000;
  if (microseconds < 0) {
    microseconds += 1'000'000;
    --seconds;
  }
  tm calendar{};
  gmtime_r(&seconds, &calendar);
  std::array<char, 64> text;
  size_t length = strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &calendar);
  for (int64_t scale = 100'000; scale > 0; scale /= 10) {
    text[length++] = static_cast<char>('0' + microseconds / scale % 10);
  }
  text[length++] = 'Z';
  return {text.data(), length};
}

}  // namespace memory_tracker
