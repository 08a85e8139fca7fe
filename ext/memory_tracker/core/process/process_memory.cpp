#include "core/process/process_memory.hpp"

#include <dlfcn.h>
#include <libproc2/pids.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/error.hpp"

#ifndef MEMORY_TRACKER_LIBPROC2_VERSION
#define MEMORY_TRACKER_LIBPROC2_VERSION "unknown"
#endif

namespace memory_tracker {
namespace {

constexpr uint64_t kKib = 1024;

// One libproc2 context and the items it reads. The result is taken by position and not by the
// library's PIDS_VAL macro, which lost an argument in 4.0.5.
template <size_t Count>
class Selection {
 public:
  explicit Selection(const std::array<pids_item, Count>& items) : items_(items) {
    const int status = procps_pids_new(&context_, items_.data(), static_cast<int>(Count));
    if (status < 0) {
      throw Error(std::string("libproc2 refused a context: ") + std::strerror(-status));
    }
  }
  ~Selection() { procps_pids_unref(&context_); }
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;

  // Null where the process could not be read: the library then gives a fetch whose first stack is
  // a null pointer, and at an exhausted descriptor table so does 4.0.6.
  const pids_result* read() {
    auto pid = static_cast<unsigned>(getpid());
    const pids_fetch* fetch = procps_pids_select(context_, &pid, 1, PIDS_SELECT_PID);
    if (fetch == nullptr || fetch->stacks == nullptr || fetch->stacks[0] == nullptr) {
      return nullptr;
    }
    return fetch->stacks[0]->head;
  }

 private:
  std::array<pids_item, Count> items_;
  pids_info* context_ = nullptr;
};

std::string read_own_status() {
  std::ifstream file("/proc/self/status");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

struct ProcessMemory::Contexts {
  Selection<6> sizes{{PIDS_VM_RSS, PIDS_VM_RSS_ANON, PIDS_VM_RSS_FILE, PIDS_VM_RSS_SHARED,
                      PIDS_VM_SWAP, PIDS_NLWP}};
  Selection<2> parts{{PIDS_SMAP_PSS, PIDS_SMAP_PRV_TOTAL}};
  Selection<1> resident{{PIDS_MEM_RES}};
};

ProcessMemory::ProcessMemory() : contexts_(std::make_unique<Contexts>()) {}
ProcessMemory::~ProcessMemory() = default;

std::optional<ProcessMemorySample> ProcessMemory::read() {
  const pids_result* results = contexts_->sizes.read();
  if (results == nullptr) return std::nullopt;
  ProcessMemorySample sample;
  sample.rss_bytes = results[0].result.ul_int * kKib;
  sample.anonymous_bytes = results[1].result.ul_int * kKib;
  sample.file_bytes = results[2].result.ul_int * kKib;
  sample.shared_bytes = results[3].result.ul_int * kKib;
  sample.swap_bytes = results[4].result.ul_int * kKib;
  sample.threads = static_cast<uint64_t>(results[5].result.s_int);
  // The library has no item for the high-water mark, and getrusage carries one over exec from the
  // program that this process was before.
  sample.peak_bytes = parse_status_bytes(read_own_status(), "VmHWM");
  return sample;
}

std::optional<PrivateMemorySample> ProcessMemory::read_private() {
  const pids_result* results = contexts_->parts.read();
  if (results == nullptr) return std::nullopt;
  return PrivateMemorySample{results[0].result.ul_int * kKib, results[1].result.ul_int * kKib};
}

std::optional<uint64_t> ProcessMemory::read_resident_kib() {
  const pids_result* results = contexts_->resident.read();
  if (results == nullptr) return std::nullopt;
  return results[0].result.ul_int;
}

std::string libproc2_compiled_version() { return MEMORY_TRACKER_LIBPROC2_VERSION; }

std::string libproc2_loaded() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&procps_pids_new), &info) == 0 ||
      info.dli_fname == nullptr) {
    return "unknown";
  }
  std::error_code error;
  const auto file = std::filesystem::canonical(info.dli_fname, error);
  return error ? std::string(info.dli_fname) : file.filename().string();
}

std::optional<uint64_t> parse_status_bytes(const std::string& text, const std::string& key) {
  const std::string label = key + ":";
  size_t line = 0;
  while (line < text.size() && text.compare(line, label.size(), label) != 0) {
    line = text.find('\n', line);
    if (line == std::string::npos) return std::nullopt;
    ++line;
  }
  const size_t digits = text.find_first_not_of(" \t", line + label.size());
  if (line >= text.size() || digits == std::string::npos) return std::nullopt;
  uint64_t kib = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + digits, end, kib);
  if (error != std::errc{} || std::string_view(rest, end - rest).substr(0, 3) != " kB" ||
      kib > UINT64_MAX / kKib) {
    return std::nullopt;
  }
  return kib * kKib;
}

}  // namespace memory_tracker
