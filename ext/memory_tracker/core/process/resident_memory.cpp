#include "core/process/resident_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>

namespace memory_tracker {

std::optional<ResidentSet> parse_statm(const char* text, size_t length,
                                       uint64_t page_bytes) noexcept {
  const char* position = text;
  const char* const end = text + length;
  uint64_t pages[3];
  for (uint64_t& field : pages) {
    const auto [next, error] = std::from_chars(position, end, field);
    if (error != std::errc{} || next == end || *next != ' ') return std::nullopt;
    position = next + 1;
  }
  const uint64_t resident = pages[1];
  const uint64_t file = pages[2];
  if (resident > UINT64_MAX / page_bytes || file > resident) return std::nullopt;
  return ResidentSet{resident * page_bytes, file * page_bytes};
}

ResidentMemory::ResidentMemory() noexcept { reopen(); }

ResidentMemory::~ResidentMemory() {
  if (descriptor_ >= 0) close(descriptor_);
}

void ResidentMemory::reopen() noexcept {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

std::optional<ResidentSet> ResidentMemory::read() const noexcept {
  char text[128];
  const ssize_t length = pread(descriptor_, text, sizeof text, 0);
  if (length <= 0) return std::nullopt;
  return parse_statm(text, static_cast<size_t>(length), page_bytes());
}

uint64_t ResidentMemory::page_bytes() noexcept {
  static const auto bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace memory_tracker
