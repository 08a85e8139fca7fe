#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace memory_tracker {

// What all lines of one process share. Made before the writer begins, read by its thread alone.
struct LineContext {
  uint32_t pid = 0;
  int64_t wall_offset_ns = 0;    // added to a monotonic reading gives the wall clock's
  std::string constant_members;  // the inside of the `fields` object, already JSON
  std::vector<std::string> gc_counter_names;
};

}  // namespace memory_tracker
