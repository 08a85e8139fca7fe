#include "core/output/whole_lines.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace memory_tracker {
namespace {

// True when the last `piece_bytes` that were written are gone again.
bool cut_off(int descriptor, size_t piece_bytes) noexcept {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  // With O_APPEND the offset stands where the last write ended.
  const off_t end = lseek(descriptor, 0, SEEK_CUR);
  if (end < 0 || end != status.st_size) return false;
  return ftruncate(descriptor, end - static_cast<off_t>(piece_bytes)) == 0;
}

}  // namespace

WriteResult write_whole_lines(int descriptor, std::string_view lines, bool& torn) noexcept {
  WriteResult result;
  if (torn) {
    if (write(descriptor, "\n", 1) != 1) return {0, errno};
    torn = false;
  }
  size_t written = 0;
  while (written < lines.size()) {
    const ssize_t count = write(descriptor, lines.data() + written, lines.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      result.error = count < 0 ? errno : EIO;
      break;
    }
    written += static_cast<size_t>(count);
  }
  const std::string_view done = lines.substr(0, written);
  const size_t last_end = done.rfind('\n');
  result.accepted_bytes = last_end == std::string_view::npos ? 0 : last_end + 1;
  const size_t piece_bytes = written - result.accepted_bytes;
  if (piece_bytes > 0) torn = !cut_off(descriptor, piece_bytes);
  return result;
}

}  // namespace memory_tracker
