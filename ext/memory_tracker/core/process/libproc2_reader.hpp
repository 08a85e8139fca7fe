#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/process/process_memory.hpp"

namespace memory_tracker {

// Reads this process's memory through libproc2. Compiled only where that is installed.
//
// The first object of a process must be made while no other thread makes one. The constructor
// throws Error where the library refuses.
class Libproc2Reader : public ProcessMemory {
 public:
  // The release compiled against, as pkg-config names it, and the file that was loaded: the
  // library itself cannot be asked for its release.
  static std::string compiled_version();
  static std::string loaded_file();

  // libproc2 4.0.6 leaves a descriptor open at each reading, until the process has none to give.
  // True where this one does so. Throws Error where the library refuses.
  static bool leaks_descriptors();

  Libproc2Reader();
  ~Libproc2Reader() override;

  std::optional<ProcessMemorySample> read() override;
  std::optional<PrivateMemorySample> read_private() override;
  std::optional<uint64_t> read_resident_kib() override;

 private:
  class Context;
  std::unique_ptr<Context> context_;
};

}  // namespace memory_tracker
