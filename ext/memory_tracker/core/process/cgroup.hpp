#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memory_tracker {

// What the memory controller of this process's cgroup says. A figure that it does not give is
// absent: no limit, no event counters (version 1), no such file.
struct CgroupMemory {
  int version = 0;  // 1 or 2
  std::optional<uint64_t> limit_bytes;
  std::optional<uint64_t> usage_bytes;
  std::optional<uint64_t> max_events;
  std::optional<uint64_t> oom_events;
  std::optional<uint64_t> oom_kill_events;
};

// A number of bytes as a memory file has it; nothing for "max", for the version 1 figure that
// means no limit, and for anything else.
std::optional<uint64_t> parse_cgroup_bytes(std::string_view text) noexcept;

// The value behind `key` in lines of "key value" (memory.events, memory.oom_control).
std::optional<uint64_t> parse_cgroup_event(std::string_view text, std::string_view key) noexcept;

// Finds this process's memory cgroup once and reads it by a few small files, about 10 us.
// For the writer's thread; not thread-safe. Throws nothing but std::bad_alloc.
class Cgroup {
 public:
  // `membership` is the text of /proc/self/cgroup, `root` where the hierarchies are mounted.
  Cgroup(std::string_view membership, std::string root);
  static Cgroup of_this_process();

  std::optional<CgroupMemory> read() const;

 private:
  std::string folder_;  // empty: no memory controller to be found
  int version_ = 0;
};

}  // namespace memory_tracker
