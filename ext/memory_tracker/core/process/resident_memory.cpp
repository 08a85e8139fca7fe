#include "core/process/resident_memory.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace memory_tracker {

namespace {

// More than any machine has, and few enough digits for no number of pages to overflow in bytes.
constexpr int kMostDigits = 14;

// Reads digits up to a blank and steps behind it. False where there is something else.
bool read_number(const char*& position, const char* end, uint64_t& number) noexcept {
  number = 0;
  int digits = 0;
  for (; position != end && *position >= '0' && *position <= '9'; ++position, ++digits) {
    if (digits == kMostDigits) return false;
    number = number * 10 + static_cast<uint64_t>(*position - '0');
  }
  if (digits == 0 || position == end || *position != ' ') return false;
  ++position;
  return true;
}

}  // namespace

// Not std::from_chars, whose checks for every base and sign cost three times as much.
std::optional<ResidentSet> parse_statm(const char* text, size_t length,
                                       uint64_t page_bytes) noexcept {
  const char* position = text;
  const char* const end = text + length;
  uint64_t size = 0;
  uint64_t resident = 0;
  if (!read_number(position, end, size) || !read_number(position, end, resident)) {
    return std::nullopt;
  }
  return ResidentSet{resident * page_bytes};
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
  // Not pread(), which is a point of cancellation and announces itself as one in a process that has
  // threads: 30 to 50 ns, for a read that never waits.
  // The offset is one word or, on 32 bits, up to three.
  const long length = syscall(SYS_pread64, descriptor_, text, sizeof text, 0L, 0L, 0L);
  if (length <= 0) return std::nullopt;
  return parse_statm(text, static_cast<size_t>(length), page_bytes());
}

uint64_t ResidentMemory::page_bytes() noexcept {
  static const auto bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace memory_tracker
