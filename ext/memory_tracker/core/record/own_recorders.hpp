#pragma once

#include <string>
#include <vector>

namespace memory_tracker {

// The names of the recorders that this process has made and still holds. Looking at one of them as
// at a stranger's would release its lock: closing any descriptor of a file ends all POSIX locks
// that the process has on it. A name with this pid proves nothing, for pids are used again.
//
// Any thread may call. A forked child has none of its parent's.
namespace own_recorders {

void add(const std::string& name);
void remove(const std::string& name);
std::vector<std::string> names();

}  // namespace own_recorders
}  // namespace memory_tracker
