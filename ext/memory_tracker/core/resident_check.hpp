#pragma once

#include <cstdint>
#include <optional>

namespace memory_tracker {

class Complaints;
class ResidentMemory;

// The two figures of the same thing, read by two ways.
struct ResidentCheck {
  uint64_t statm_kib = 0;
  uint64_t process_memory_kib = 0;
  bool agrees = false;
};

// Reads both, and complains where they do not agree. Nothing where one of them cannot be read.
std::optional<ResidentCheck> check_resident_memory(const ResidentMemory& resident,
                                                   Complaints& complaints);

}  // namespace memory_tracker
