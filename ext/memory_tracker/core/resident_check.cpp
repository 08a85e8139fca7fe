#include "core/resident_check.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "core/output/complaints.hpp"
#include "core/process/process_memory.hpp"
#include "core/process/resident_memory.hpp"

namespace memory_tracker {
namespace {

const char* const kTopic = "resident check";

// How far two readings may lie apart beyond what the process moved between them.
constexpr uint64_t kToleranceKib = 1024;

}  // namespace

std::optional<ResidentCheck> check_resident_memory(const ResidentMemory& resident,
                                                   Complaints& complaints) {
  try {
    const auto reader = ProcessMemory::open();
    const auto before = resident.read();
    const auto kib = reader->read_resident_kib();
    const auto after = resident.read();
    if (!before || !after || !kib) {
      complaints.raise(kTopic, "memory of this process cannot be read, is /proc mounted?");
      return std::nullopt;
    }
    const auto [low, high] = std::minmax({before->rss_bytes / 1024, after->rss_bytes / 1024});
    const bool agrees = *kib + kToleranceKib >= low && *kib <= high + kToleranceKib;
    if (!agrees) {
      complaints.raise(kTopic, "/proc/self/statm says " + std::to_string(high) + " KiB and " +
                                   process_memory_source() + " " + std::to_string(*kib) +
                                   " KiB; memory figures may be wrong");
    }
    return ResidentCheck{high, *kib, agrees};
  } catch (const Error& error) {
    complaints.raise(kTopic, error.what());
    return std::nullopt;
  }
}

}  // namespace memory_tracker
