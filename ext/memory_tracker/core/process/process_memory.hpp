#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace memory_tracker {

// What the kernel knows of this process's memory, in bytes. A figure that could not be had is
// absent.
struct ProcessMemorySample {
  std::optional<uint64_t> rss_bytes;
  std::optional<uint64_t> anonymous_bytes;
  std::optional<uint64_t> file_bytes;
  std::optional<uint64_t> shared_bytes;  // shared memory (shmem), the flight recorder's among it
  std::optional<uint64_t> swap_bytes;
  std::optional<uint64_t> peak_bytes;
  std::optional<uint64_t> threads;
};

// The proportional and the unique set: what the process costs, and what its end would give back.
struct PrivateMemorySample {
  uint64_t pss_bytes;
  uint64_t uss_bytes;
};

// Reads this process's memory, by libproc2 (procps-ng) where the extension was compiled with it
// and it can be relied on, else by the tracker's own reader of /proc. 10 to 40 us a reading, so
// never within a request; read_private() walks the page tables as well: 12 ms for each GB.
//
// An object belongs to one thread: libproc2's contexts are not locked, and two threads on one
// crash.
class ProcessMemory {
 public:
  // Throws Error where libproc2 refuses a context.
  static std::unique_ptr<ProcessMemory> open();

  ProcessMemory() = default;
  virtual ~ProcessMemory() = default;
  ProcessMemory(const ProcessMemory&) = delete;
  ProcessMemory& operator=(const ProcessMemory&) = delete;

  virtual std::optional<ProcessMemorySample> read() = 0;
  // Nothing where the kernel has no /proc/self/smaps_rollup: before Linux 4.14, and in gVisor.
  virtual std::optional<PrivateMemorySample> read_private() = 0;

  // The resident set alone, in the reader's own unit, to check ResidentMemory against.
  virtual std::optional<uint64_t> read_resident_kib() = 0;
};

// "libproc2 4.0.2" or "/proc". Decided at the first call, which must be made while the process has
// no other thread that could make a reader.
const std::string& process_memory_source();

// The release of libproc2 compiled against, as pkg-config names it, and the file that was loaded:
// the library itself cannot be asked for its release. Empty without libproc2.
std::string libproc2_compiled_version();
std::string libproc2_loaded();

}  // namespace memory_tracker
