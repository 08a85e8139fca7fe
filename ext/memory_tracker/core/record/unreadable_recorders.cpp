#include "core/record/unreadable_recorders.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <tuple>
#include <utility>
#include <vector>

namespace memory_tracker {
namespace {

constexpr const char* kUnreadableSuffix = ".flight.unreadable";

// "<key>-<pid>-<time>.flight" without the last two parts.
std::string application_of(const std::string& name) {
  const size_t time = name.rfind('-');
  if (time == std::string::npos || time == 0) return name;
  return name.substr(0, name.rfind('-', time - 1));
}

struct Unreadable {
  std::string name;
  timespec set_aside_at;  // renaming is a change of the file's entry

  bool operator<(const Unreadable& other) const {
    return std::tie(set_aside_at.tv_sec, set_aside_at.tv_nsec, name) <
           std::tie(other.set_aside_at.tv_sec, other.set_aside_at.tv_nsec, other.name);
  }
};

}  // namespace

void set_aside_recorder(const RecorderFolder& folder, const std::string& name) {
  const std::string aside = name + ".unreadable";
  renameat(folder.descriptor(), name.c_str(), folder.descriptor(), aside.c_str());
  const std::string application = application_of(name);
  std::vector<Unreadable> kept;
  for (std::string& each : folder.files(application, kUnreadableSuffix)) {
    struct stat status {};
    if (application_of(each) != application) continue;
    if (fstatat(folder.descriptor(), each.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    kept.push_back({std::move(each), status.st_ctim});
  }
  if (kept.size() <= kUnreadableRecordersKept) return;
  std::sort(kept.begin(), kept.end());
  kept.resize(kept.size() - kUnreadableRecordersKept);
  for (const Unreadable& old : kept) unlinkat(folder.descriptor(), old.name.c_str(), 0);
}

}  // namespace memory_tracker
