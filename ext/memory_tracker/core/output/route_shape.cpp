#include "core/output/route_shape.hpp"

#include <algorithm>

namespace memory_tracker {
namespace {

constexpr int kMaxSegments = 8;
constexpr size_t kShortestHex = 8;

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

bool is_hex(char byte) {
  return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

// A word such as "facade" is hex too, so a digit is asked for.
bool is_identifier(std::string_view segment) {
  if (segment.empty()) return false;
  if (std::all_of(segment.begin(), segment.end(), is_digit)) return true;
  const bool hex_or_dashes = std::all_of(segment.begin(), segment.end(),
                                         [](char byte) { return is_hex(byte) || byte == '-'; });
  return hex_or_dashes && segment.size() >= kShortestHex && segment.front() != '-' &&
         std::any_of(segment.begin(), segment.end(), is_digit);
}

}  // namespace

std::string route_shape(std::string_view path) {
  std::string shape;
  path = path.substr(0, path.find('?'));
  for (int segments = 0; !path.empty(); ++segments) {
    const size_t begin = path.front() == '/' ? 1 : 0;
    const size_t end = std::min(path.find('/', begin), path.size());
    if (segments == kMaxSegments) return shape + "/...";
    const std::string_view segment = path.substr(begin, end - begin);
    if (begin == 1) shape += '/';
    shape += is_identifier(segment) ? std::string_view("{id}") : segment;
    path.remove_prefix(end);
  }
  return shape;
}

}  // namespace memory_tracker
