#include "core/output/descriptor_sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "core/output/whole_lines.hpp"

namespace memory_tracker {
namespace {

constexpr int kPatienceMs = 20;

bool takes_more(int descriptor) noexcept {
  pollfd ready{descriptor, POLLOUT, 0};
  return poll(&ready, 1, kPatienceMs) > 0;
}

// As many whole lines as a pipe takes in one piece, or the first line alone.
std::string_view next_portion(std::string_view lines) noexcept {
  const size_t within = lines.substr(0, PIPE_BUF).rfind('\n');
  const size_t end = within != std::string_view::npos ? within : lines.find('\n');
  return lines.substr(0, end == std::string_view::npos ? lines.size() : end + 1);
}

}  // namespace

DescriptorSink::DescriptorSink(int descriptor, std::string description)
    : descriptor_(descriptor), description_(std::move(description)) {}

std::unique_ptr<DescriptorSink> DescriptorSink::duplicate(int descriptor) {
  const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (own < 0) {
    throw Error("cannot use descriptor " + std::to_string(descriptor) + ": " +
                std::strerror(errno));
  }
  auto sink = std::make_unique<DescriptorSink>(own, "descriptor " + std::to_string(descriptor));
  sink->owned_ = true;
  return sink;
}

DescriptorSink::~DescriptorSink() {
  if (owned_) close(descriptor_);
}

WriteResult DescriptorSink::write(std::string_view lines) noexcept {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) return {0, errno};
  if (S_ISREG(status.st_mode)) return write_whole_lines(descriptor_, lines, torn_);
  // A pipe that is ready takes PIPE_BUF bytes at once and unmixed with what other processes write;
  // more could block for as long as the reader likes.
  WriteResult total;
  while (total.accepted_bytes < lines.size()) {
    if (!takes_more(descriptor_)) return {total.accepted_bytes, EAGAIN};
    const std::string_view portion = next_portion(lines.substr(total.accepted_bytes));
    const WriteResult part = write_whole_lines(descriptor_, portion, torn_);
    total.accepted_bytes += part.accepted_bytes;
    total.error = part.error;
    if (part.error != 0) break;
  }
  return total;
}

}  // namespace memory_tracker
