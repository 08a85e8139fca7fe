#include "core/process/process_memory.hpp"

#include "core/error.hpp"
#include "core/process/procfs_reader.hpp"

#ifdef MEMORY_TRACKER_LIBPROC2_VERSION
#include "core/process/libproc2_reader.hpp"
#endif

namespace memory_tracker {
namespace {

struct Source {
  std::string name;
  bool libproc2 = false;
};

#ifdef MEMORY_TRACKER_LIBPROC2_VERSION
Source find_source() {
  const std::string name = "libproc2 " + Libproc2Reader::compiled_version();
  try {
    if (!Libproc2Reader::leaks_descriptors()) return {name, true};
    return {"/proc, because " + Libproc2Reader::loaded_file() + " leaks descriptors", false};
  } catch (const Error& error) {
    return {std::string("/proc, because ") + error.what(), false};
  }
}
#else
Source find_source() { return {"/proc", false}; }
#endif

// Leaked: a static with a destructor would be destroyed in forked children and at exit, while the
// writer may still read it.
const Source& source() {
  static const auto* found = new Source(find_source());
  return *found;
}

}  // namespace

const std::string& process_memory_source() { return source().name; }

#ifdef MEMORY_TRACKER_LIBPROC2_VERSION

std::unique_ptr<ProcessMemory> ProcessMemory::open() {
  if (source().libproc2) return std::make_unique<Libproc2Reader>();
  return std::make_unique<ProcfsReader>();
}

std::string libproc2_compiled_version() { return Libproc2Reader::compiled_version(); }
std::string libproc2_loaded() { return Libproc2Reader::loaded_file(); }

#else

std::unique_ptr<ProcessMemory> ProcessMemory::open() { return std::make_unique<ProcfsReader>(); }

std::string libproc2_compiled_version() { return {}; }
std::string libproc2_loaded() { return {}; }

#endif

}  // namespace memory_tracker
