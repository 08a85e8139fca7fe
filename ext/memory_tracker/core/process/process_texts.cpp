#include "core/process/process_texts.hpp"

#include <charconv>

namespace memory_tracker {
namespace {

constexpr uint64_t kKib = 1024;

// What stands behind "key:" on its line, without the blanks before it. Empty where there is no
// such line.
std::string_view value_of(std::string_view text, std::string_view key) noexcept {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.size() > key.size() && line[key.size()] == ':' && line.substr(0, key.size()) == key) {
      line.remove_prefix(key.size() + 1);
      const size_t value = line.find_first_not_of(" \t");
      return value == std::string_view::npos ? std::string_view{} : line.substr(value);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return {};
}

std::optional<uint64_t> parse_count(std::string_view value, std::string_view unit) noexcept {
  uint64_t count = 0;
  const char* const end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, count);
  if (error != std::errc{} || std::string_view(rest, static_cast<size_t>(end - rest)) != unit) {
    return std::nullopt;
  }
  return count;
}

}  // namespace

std::optional<uint64_t> parse_status_bytes(std::string_view text, std::string_view key) noexcept {
  const auto kib = parse_count(value_of(text, key), " kB");
  if (!kib || *kib > UINT64_MAX / kKib) return std::nullopt;
  return *kib * kKib;
}

ProcessMemorySample parse_status(std::string_view text) noexcept {
  ProcessMemorySample sample;
  sample.rss_bytes = parse_status_bytes(text, "VmRSS");
  sample.anonymous_bytes = parse_status_bytes(text, "RssAnon");
  sample.file_bytes = parse_status_bytes(text, "RssFile");
  sample.shared_bytes = parse_status_bytes(text, "RssShmem");
  sample.swap_bytes = parse_status_bytes(text, "VmSwap");
  sample.peak_bytes = parse_status_bytes(text, "VmHWM");
  sample.threads = parse_count(value_of(text, "Threads"), "");
  return sample;
}

std::optional<PrivateMemorySample> parse_smaps_rollup(std::string_view text) noexcept {
  const auto pss = parse_status_bytes(text, "Pss");
  const auto clean = parse_status_bytes(text, "Private_Clean");
  const auto dirty = parse_status_bytes(text, "Private_Dirty");
  if (!pss || !clean || !dirty || *clean > UINT64_MAX - *dirty) return std::nullopt;
  return PrivateMemorySample{*pss, *clean + *dirty};
}

}  // namespace memory_tracker
