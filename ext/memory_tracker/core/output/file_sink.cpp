#include "core/output/file_sink.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "core/output/whole_lines.hpp"

namespace memory_tracker {
namespace {

constexpr mode_t kLogMode = 0644;
constexpr int kLockTries = 20;
constexpr timespec kLockPause{0, 1'000'000};

// Keeps other processes of the application from appending while a piece of a line may have to be
// cut off. A process that was stopped with the lock in hand must not silence the others, so after
// a moment the write goes on without it.
class SharedFileLock {
 public:
  explicit SharedFileLock(int descriptor) noexcept : descriptor_(descriptor) {
    for (int attempt = 0; attempt < kLockTries; ++attempt) {
      locked_ = flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
      if (locked_ || errno != EWOULDBLOCK) return;
      nanosleep(&kLockPause, nullptr);
    }
  }
  ~SharedFileLock() {
    if (locked_) flock(descriptor_, LOCK_UN);
  }
  SharedFileLock(const SharedFileLock&) = delete;
  SharedFileLock& operator=(const SharedFileLock&) = delete;

 private:
  int descriptor_;
  bool locked_ = false;
};

}  // namespace

FileSink::FileSink(std::string path) : path_(std::move(path)) {}

FileSink::~FileSink() {
  if (descriptor_ >= 0) close(descriptor_);
}

int FileSink::reopen_if_moved() noexcept {
  struct stat opened {};
  struct stat named {};
  if (descriptor_ >= 0 && stat(path_.c_str(), &named) == 0 && fstat(descriptor_, &opened) == 0 &&
      named.st_ino == opened.st_ino && named.st_dev == opened.st_dev) {
    return 0;
  }
  // O_NONBLOCK: a pipe that nobody reads must not hold the writer.
  const int fresh = open(
      path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kLogMode);
  if (fresh < 0) return errno;
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = fresh;
  torn_ = false;
  return 0;
}

WriteResult FileSink::write(std::string_view lines) noexcept {
  const int error = reopen_if_moved();
  if (error != 0) return {0, error};
  const SharedFileLock lock(descriptor_);
  return write_whole_lines(descriptor_, lines, torn_);
}

}  // namespace memory_tracker
