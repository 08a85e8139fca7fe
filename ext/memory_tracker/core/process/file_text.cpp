#include "core/process/file_text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace memory_tracker {

// Not by a stream: those do not open with O_CLOEXEC, and a request may start a program meanwhile.
std::optional<std::string> read_text(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  std::string text;
  char piece[4096];
  ssize_t length = 0;
  while ((length = read(descriptor, piece, sizeof piece)) > 0 || (length < 0 && errno == EINTR)) {
    if (length > 0) text.append(piece, static_cast<size_t>(length));
  }
  close(descriptor);
  if (length < 0) return std::nullopt;
  return text;
}

}  // namespace memory_tracker
