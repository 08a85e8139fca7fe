#include "core/record/own_recorders.hpp"

#include <unistd.h>

#include <algorithm>
#include <mutex>

namespace memory_tracker::own_recorders {
namespace {

// Belongs to the process that made it: a child's copy of the mutex may be locked for ever.
struct Names {
  pid_t pid;
  std::mutex mutex;
  std::vector<std::string> names;
};

Names& of_this_process() {
  static Names* names = new Names{getpid(), {}, {}};
  if (names->pid != getpid()) names = new Names{getpid(), {}, {}};
  return *names;
}

}  // namespace

void add(const std::string& name) {
  Names& own = of_this_process();
  const std::lock_guard<std::mutex> lock(own.mutex);
  own.names.push_back(name);
}

void remove(const std::string& name) {
  Names& own = of_this_process();
  const std::lock_guard<std::mutex> lock(own.mutex);
  own.names.erase(std::remove(own.names.begin(), own.names.end(), name), own.names.end());
}

std::vector<std::string> names() {
  Names& own = of_this_process();
  const std::lock_guard<std::mutex> lock(own.mutex);
  return own.names;
}

}  // namespace memory_tracker::own_recorders
