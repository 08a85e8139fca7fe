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
  bool held() const noexcept { return locked_; }
  SharedFileLock(const SharedFileLock&) = delete;
  SharedFileLock& operator=(const SharedFileLock&) = delete;

 private:
  int descriptor_;
  bool locked_ = false;
};

// A process that SIGKILL met within a write left a piece of a line: the kernel ends a write between
// two pages. Its record is still in the dead one's recorder. Only with the lock in hand, or it may
// be a line that somebody is writing.
void cut_off_piece_of_the_dead(int descriptor) noexcept {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return;
  char end = 0;
  if (pread(descriptor, &end, 1, status.st_size - 1) != 1 || end == '\n') return;
  char tail[16384];
  const off_t from = status.st_size > off_t{sizeof tail} ? status.st_size - off_t{sizeof tail} : 0;
  const ssize_t count = pread(descriptor, tail, sizeof tail, from);
  if (count <= 0) return;
  const std::string_view text(tail, static_cast<size_t>(count));
  const size_t last_end = text.rfind('\n');
  if (last_end == std::string_view::npos && from > 0) return;
  const size_t begin = last_end == std::string_view::npos ? 0 : last_end + 1;
  if (text.substr(begin, 1) == "{" && ftruncate(descriptor, from + static_cast<off_t>(begin)) == 0)
    return;
  const ssize_t ignored = ::write(descriptor, "\n", 1);
  static_cast<void>(ignored);
}

int open_log(const std::string& path) noexcept {
  // O_NONBLOCK: a pipe that nobody reads must not hold the writer.
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  struct stat status {};
  // Read as well, to find the piece of a line; but who opens both ends of a pipe reads it himself.
  const bool plain = stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
  const int both = plain ? open(path.c_str(), O_RDWR | kFlags, kLogMode) : -1;
  if (both >= 0 || (plain && errno != EACCES)) return both;
  return open(path.c_str(), O_WRONLY | kFlags, kLogMode);
}

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
  const int fresh = open_log(path_);
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
  if (lock.held() && !torn_) cut_off_piece_of_the_dead(descriptor_);
  return write_whole_lines(descriptor_, lines, torn_);
}

}  // namespace memory_tracker
