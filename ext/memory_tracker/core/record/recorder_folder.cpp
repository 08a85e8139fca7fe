#include "core/record/recorder_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "core/error.hpp"

namespace memory_tracker {
namespace {

constexpr mode_t kFolderMode = 0700;

std::string path_in(const std::string& parent) {
  return parent + "/memory_tracker-" + std::to_string(geteuid());
}

// The folder is opened without following a link and then judged by its descriptor, so nobody can
// exchange it in between.
Descriptor open_own(const std::string& path) {
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0) RecorderFolder::refuse("cannot open folder", path, errno);
  struct stat status {};
  if (fstat(folder.get(), &status) != 0) RecorderFolder::refuse("cannot examine", path, errno);
  if (status.st_uid != geteuid()) {
    throw Error("flight recorder: " + path + " belongs to another user");
  }
  if ((status.st_mode & 0077) != 0) {
    throw Error("flight recorder: " + path + " is open to other users (its mode must be 0700)");
  }
  return folder;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_plain(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
  });
}

}  // namespace

RecorderFolder RecorderFolder::make(const std::string& parent) {
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  const std::string path = path_in(parent);
  if (mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) refuse("cannot make", path, errno);
  return existing(parent);
}

RecorderFolder RecorderFolder::existing(const std::string& parent) {
  const std::string path = path_in(parent);
  return RecorderFolder(open_own(path), path);
}

std::vector<std::string> RecorderFolder::files(const std::string& application_key,
                                               std::string_view ending) const {
  std::vector<std::string> names;
  const std::string prefix = application_key.empty() ? "" : application_key + "-";
  // A descriptor of its own: closedir would close ours.
  DIR* entries = fdopendir(openat(descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (entries == nullptr) return names;
  while (const dirent* entry = readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name.substr(0, prefix.size()) == prefix && ends_with(name, ending) && is_plain(name)) {
      names.emplace_back(name);
    }
  }
  closedir(entries);
  std::sort(names.begin(), names.end());
  return names;
}

void RecorderFolder::refuse(const std::string& what, const std::string& path, int error) {
  throw Error("flight recorder: " + what + " " + path + ": " + std::strerror(error));
}

bool lock_recorder(int descriptor) noexcept {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  return fcntl(descriptor, F_SETLK, &lock) == 0;
}

}  // namespace memory_tracker
