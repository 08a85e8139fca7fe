#include "core/record/recorder_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace memory_tracker {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

[[noreturn]] void refuse(const std::string& what, const std::string& path, int error) {
  throw Error("flight recorder: " + what + " " + path + ": " + std::strerror(error));
}

// The folder is opened without following a link and then judged by its descriptor, so nobody can
// exchange it in between. Another user who can write to it could hand us a prepared file.
Descriptor open_folder(const std::string& path) {
  if (mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) refuse("cannot make", path, errno);
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0) refuse("cannot open folder", path, errno);
  struct stat status {};
  if (fstat(folder.get(), &status) != 0) refuse("cannot examine", path, errno);
  if (status.st_uid != geteuid()) {
    throw Error("flight recorder: " + path + " belongs to another user");
  }
  if ((status.st_mode & 0077) != 0) {
    throw Error("flight recorder: " + path + " is open to other users (its mode must be 0700)");
  }
  return Descriptor(folder.release());
}

void lock_for_life(int descriptor, const std::string& path) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  if (fcntl(descriptor, F_SETLK, &lock) != 0) refuse("cannot lock", path, errno);
}

void* map(size_t bytes, int descriptor) {
  const int flags = descriptor >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, descriptor, 0);
  if (data == MAP_FAILED) {
    throw Error(std::string("flight recorder: cannot map memory: ") + std::strerror(errno));
  }
  return data;
}

}  // namespace

RecorderMemory RecorderMemory::in_folder(const std::string& parent, const std::string& key,
                                         size_t bytes) {
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  const std::string folder_path = parent + "/memory_tracker-" + std::to_string(geteuid());
  const Descriptor folder = open_folder(folder_path);
  // The clock keeps apart what a process makes in a row; O_EXCL proves that the file is ours.
  const std::string name =
      key + "-" + std::to_string(getpid()) + "-" + std::to_string(wall_ns()) + ".flight";
  const std::string path = folder_path + "/" + name;
  Descriptor file(openat(folder.get(), name.c_str(),
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (file.get() < 0) refuse("cannot make", path, errno);
  try {
    lock_for_life(file.get(), path);
    const int failure = posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
    if (failure != 0) refuse("no room for", path, failure);
    void* data = map(bytes, file.get());
    return RecorderMemory(data, bytes, file.release(), path);
  } catch (...) {
    unlinkat(folder.get(), name.c_str(), 0);
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
