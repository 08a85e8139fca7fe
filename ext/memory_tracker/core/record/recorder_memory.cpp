#include "core/record/recorder_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/record/own_recorders.hpp"
#include "core/record/recorder_folder.hpp"

namespace memory_tracker {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr int kLockTries = 100;
constexpr timespec kLockPause{0, 1'000'000};

void* map(size_t bytes, int descriptor) {
  const int flags = descriptor >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, descriptor, 0);
  if (data == MAP_FAILED) {
    throw Error(std::string("flight recorder: cannot map memory: ") + std::strerror(errno));
  }
  return data;
}

// A file beyond the limit on its size is SIGXFSZ to the thread that makes it, and that kills.
void check_size_limit(const std::string& parent, size_t bytes) {
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes) {
    RecorderFolder::refuse("no room under the limit on file sizes in", parent, EFBIG);
  }
}

}  // namespace

RecorderMemory RecorderMemory::in_folder(const std::string& parent, const std::string& key,
                                         size_t bytes) {
  check_size_limit(parent, bytes);
  const RecorderFolder folder = RecorderFolder::make(parent);
  // The clock keeps apart what a process makes in a row; O_EXCL proves that the file is ours.
  const std::string name =
      key + "-" + std::to_string(getpid()) + "-" + std::to_string(wall_ns()) + ".flight";
  const std::string path = folder.path() + "/" + name;
  // Before it exists, so that no look for the dead of this process takes it for a stranger's.
  own_recorders::add(name);
  Descriptor file(openat(folder.descriptor(), name.c_str(),
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (file.get() < 0) RecorderFolder::refuse("cannot make", path, errno);
  try {
    // Whoever looks for recorders of the dead may hold a new one for the moment of a look.
    for (int attempt = 0; !lock_recorder(file.get()); ++attempt) {
      if (attempt == kLockTries) RecorderFolder::refuse("cannot lock", path, EAGAIN);
      nanosleep(&kLockPause, nullptr);
    }
    const int failure = posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
    if (failure != 0) RecorderFolder::refuse("no room for", path, failure);
    void* data = map(bytes, file.get());
    return RecorderMemory(data, bytes, file.release(), path);
  } catch (...) {
    unlinkat(folder.descriptor(), name.c_str(), 0);
    own_recorders::remove(name);
    throw;
  }
}

RecorderMemory RecorderMemory::anonymous(size_t bytes) {
  return RecorderMemory(map(bytes, -1), bytes, -1, {});
}

RecorderMemory::RecorderMemory(void* data, size_t bytes, int descriptor, std::string path)
    : data_(data), bytes_(bytes), descriptor_(descriptor), path_(std::move(path)) {}

RecorderMemory::RecorderMemory(RecorderMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(other.bytes_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)) {}

void RecorderMemory::leave() noexcept {
  if (data_ != nullptr) munmap(std::exchange(data_, nullptr), bytes_);
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

void RecorderMemory::remove_file() noexcept {
  if (!path_.empty()) unlink(path_.c_str());
}

}  // namespace memory_tracker
