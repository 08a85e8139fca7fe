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

// Reads this process's memory through libproc2 (procps-ng). 20 to 40 us a reading, so never
// within a request; read_private() walks the page tables as well: 12 ms for each GB.
//
// An object belongs to one thread: the library's contexts are not locked, and two threads on one
// crash. The first object of a process must be made while no other thread makes one.
// The constructor throws Error where the library refuses.
class ProcessMemory {
 public:
  ProcessMemory();
  ~ProcessMemory();
  ProcessMemory(const ProcessMemory&) = delete;
  ProcessMemory& operator=(const ProcessMemory&) = delete;

  std::optional<ProcessMemorySample> read();
  std::optional<PrivateMemorySample> read_private();

  // The resident set alone and in the library's own unit, to check ResidentMemory against.
  std::optional<uint64_t> read_resident_kib();

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

// The release compiled against, as pkg-config names it, and the file that was loaded: the library
// itself cannot be asked for its release.
std::string libproc2_compiled_version();
std::string libproc2_loaded();

// "VmHWM" and its like from the text of /proc/self/status, in bytes.
std::optional<uint64_t> parse_status_bytes(const std::string& text, const std::string& key);

}  // namespace memory_tracker
