#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

namespace memory_tracker {

// A file descriptor that is closed with its object.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  int get() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

constexpr const char* kRecorderSuffix = ".flight";

// The folder in which the recorders of one user lie: "memory_tracker-<uid>", mode 0700, in a
// folder that others may share.
class RecorderFolder {
 public:
  // Makes it, and `parent` too. Throws Error where it is a link, belongs to somebody else or is
  // open to others: who can write there could hand us a prepared file.
  static RecorderFolder make(const std::string& parent);

  // Throws Error as well where it does not exist.
  static RecorderFolder existing(const std::string& parent);

  int descriptor() const noexcept { return descriptor_.get(); }
  const std::string& path() const noexcept { return path_; }

  // The names of the recorders in it, of one application or, with an empty key, of all.
  std::vector<std::string> recorders(const std::string& application_key) const {
    return files(application_key, kRecorderSuffix);
  }

  // The same for other endings. A name with anything but [A-Za-z0-9._-] is nobody's of ours, and
  // would bring what it likes into messages.
  std::vector<std::string> files(const std::string& application_key, std::string_view ending) const;

  // Throws Error: "flight recorder: cannot make /x: Permission denied".
  [[noreturn]] static void refuse(const std::string& what, const std::string& path, int error);

 private:
  RecorderFolder(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Descriptor descriptor_;
  std::string path_;
};

// Takes the lock that says whose a recorder is, for as long as the process lives or until it closes
// any descriptor of that file. False when another process has it.
bool lock_recorder(int descriptor) noexcept;

}  // namespace memory_tracker
