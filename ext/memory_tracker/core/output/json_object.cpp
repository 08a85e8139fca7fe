#include "core/output/json_object.hpp"

#include <algorithm>
#include <array>
#include <charconv>
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

// Worked out here: gmtime_r takes a lock of the C library, and in a child that was forked while the
// parent's writer held it nobody would ever release it.
std::string iso8601_utc(int64_t wall_ns) {
  constexpr int64_t kNsPerDay = 86'400'000'000'000;
  int64_t day = wall_ns / kNsPerDay;
  int64_t rest = wall_ns % kNsPerDay;
  if (rest < 0) {
    --day;
    rest += kNsPerDay;
  }
  rest /= 1000;

  // Days since 0000-03-01, in eras of 400 years; a year that begins in March ends with its leap
  // day.
  day += 719'468;
  const int64_t era = (day >= 0 ? day : day - 146'096) / 146'097;
  const int64_t of_era = day - era * 146'097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * of_year + 2) / 153;
  const int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

  std::string text = "0000-00-00T00:00:00.000000Z";
  const auto put = [&text](size_t last, int64_t value, int digits) {
    for (; digits > 0; --digits, value /= 10) text[last--] = static_cast<char>('0' + value % 10);
  };
  put(3, year, 4);
  put(6, month, 2);
  put(9, of_year - (153 * march_month + 2) / 5 + 1, 2);
  put(25, rest % 1'000'000, 6);
  rest /= 1'000'000;
  put(12, rest / 3600, 2);
  put(15, rest / 60 % 60, 2);
  put(18, rest % 60, 2);
  return text;
}

}  // namespace memory_tracker
