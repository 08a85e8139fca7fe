#pragma once

#include <string>

#include "core/process/process_memory.hpp"

namespace memory_tracker {

// Reads this process's memory from the kernel's own texts, for systems without libproc2. 10 us a
// reading; read_private() walks the page tables as well.
class ProcfsReader : public ProcessMemory {
 public:
  // `folder` is /proc/self but in tests.
  explicit ProcfsReader(std::string folder = "/proc/self");

  std::optional<ProcessMemorySample> read() override;
  std::optional<PrivateMemorySample> read_private() override;
  std::optional<uint64_t> read_resident_kib() override;

 private:
  std::string folder_;
};

}  // namespace memory_tracker
