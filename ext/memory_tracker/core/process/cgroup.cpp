#include "core/process/cgroup.hpp"

#include <unistd.h>

#include <charconv>

#include "core/process/file_text.hpp"

namespace memory_tracker {
namespace {

// Version 1 says "no limit" with the largest multiple of the page size.
constexpr uint64_t kNoLimitBytes = uint64_t{1} << 62;

bool exists(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

std::string_view next_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

bool names_memory(std::string_view controllers) {
  while (!controllers.empty()) {
    const size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == "memory") return true;
    controllers.remove_prefix(comma == std::string_view::npos ? controllers.size() : comma + 1);
  }
  return false;
}

std::optional<uint64_t> read_bytes(const std::string& path) {
  const auto text = read_text(path);
  return text ? parse_cgroup_bytes(*text) : std::nullopt;
}

}  // namespace

std::optional<uint64_t> parse_cgroup_bytes(std::string_view text) noexcept {
  uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  const bool whole = end == text.data() + text.size() || *end == '\n';
  if (error != std::errc{} || !whole || bytes >= kNoLimitBytes) return std::nullopt;
  return bytes;
}

std::optional<uint64_t> parse_cgroup_event(std::string_view text, std::string_view key) noexcept {
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.size() > key.size() && line[key.size()] == ' ' && line.substr(0, key.size()) == key) {
      return parse_cgroup_bytes(line.substr(key.size() + 1));
    }
  }
  return std::nullopt;
}

Cgroup::Cgroup(std::string_view membership, std::string root) {
  // A hybrid system has both a version 2 line without a memory controller and a version 1 line
  // with one, so the files decide. Inside a container's namespace the path of the host does not
  // exist and the root of the mount is the container's own group.
  while (!membership.empty()) {
    const std::string_view line = next_line(membership);
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string path(line.substr(second + 1));
    const bool unified = controllers.empty();
    if (!unified && !names_memory(controllers)) continue;
    const std::string mount = unified ? root : root + "/memory";
    const std::string probe = unified ? "/memory.current" : "/memory.usage_in_bytes";
    for (const std::string& folder : {mount + path, mount}) {
      if (!exists(folder + probe)) continue;
      folder_ = folder;
      version_ = unified ? 2 : 1;
      if (version_ == 1) return;
      break;
    }
  }
}

Cgroup Cgroup::of_this_process() {
  return Cgroup(read_text("/proc/self/cgroup").value_or(""), "/sys/fs/cgroup");
}

std::optional<CgroupMemory> Cgroup::read() const {
  if (folder_.empty()) return std::nullopt;
  CgroupMemory memory;
  memory.version = version_;
  if (version_ == 2) {
    memory.limit_bytes = read_bytes(folder_ + "/memory.max");
    memory.usage_bytes = read_bytes(folder_ + "/memory.current");
    const std::string events = read_text(folder_ + "/memory.events").value_or("");
    memory.max_events = parse_cgroup_event(events, "max");
    memory.oom_events = parse_cgroup_event(events, "oom");
    memory.oom_kill_events = parse_cgroup_event(events, "oom_kill");
  } else {
    memory.limit_bytes = read_bytes(folder_ + "/memory.limit_in_bytes");
    memory.usage_bytes = read_bytes(folder_ + "/memory.usage_in_bytes");
    memory.max_events = read_bytes(folder_ + "/memory.failcnt");
    const std::string control = read_text(folder_ + "/memory.oom_control").value_or("");
    memory.oom_kill_events = parse_cgroup_event(control, "oom_kill");
  }
  return memory;
}

}  // namespace memory_tracker
