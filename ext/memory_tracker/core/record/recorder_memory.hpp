#pragma once

#include <cstddef>
#include <string>

namespace memory_tracker {

// The memory that a flight recorder lies in: a file that is mapped shared, or, where that is
// switched off or not to be had, anonymous memory that dies with the process.
//
// A file is made in a folder "memory_tracker-<uid>" of mode 0700, itself of mode 0600, fully
// allocated before use (a store into a hole of a full disk would be SIGBUS within a request), its
// pages faulted in (they must not show as some request's growth), and locked for as long as its
// process lives: a POSIX record lock is not inherited by a fork and released by death, which a
// pid in a name cannot prove.
class RecorderMemory {
 public:
  // Throws Error where the folder or the file is refused or cannot be made. `parent` is made too
  // when it is missing.
  static RecorderMemory in_folder(const std::string& parent, const std::string& key, size_t bytes);

  // Throws Error when there is no memory.
  static RecorderMemory anonymous(size_t bytes);

  RecorderMemory(RecorderMemory&& other) noexcept;
  RecorderMemory& operator=(RecorderMemory&&) = delete;
  RecorderMemory(const RecorderMemory&) = delete;

  // Unmaps and closes; the file stays, until remove_file().
  ~RecorderMemory() { leave(); }
  void leave() noexcept;

  void* data() const noexcept { return data_; }
  size_t size() const noexcept { return bytes_; }
  const std::string& path() const noexcept { return path_; }  // empty when anonymous

  void remove_file() noexcept;

 private:
  RecorderMemory(void* data, size_t bytes, int descriptor, std::string path);

  void* data_;
  size_t bytes_;
  int descriptor_;  // holds the lock: closing any descriptor of the file would release it
  std::string path_;
};

}  // namespace memory_tracker
