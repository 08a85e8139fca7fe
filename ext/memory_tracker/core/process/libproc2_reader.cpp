#include "core/process/libproc2_reader.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <libproc2/pids.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/error.hpp"
#include "core/process/file_text.hpp"
#include "core/process/process_texts.hpp"

namespace memory_tracker {
namespace {

constexpr uint64_t kKib = 1024;

constexpr std::array kSizes{PIDS_VM_RSS,        PIDS_VM_RSS_ANON, PIDS_VM_RSS_FILE,
                            PIDS_VM_RSS_SHARED, PIDS_VM_SWAP,     PIDS_NLWP};
constexpr std::array kParts{PIDS_SMAP_PSS, PIDS_SMAP_PRV_TOTAL};
constexpr std::array kResident{PIDS_MEM_RES};

// The library says 0 for what the kernel did not say.
void replace(std::optional<uint64_t>& figure, uint64_t kib) {
  if (figure) figure = kib * kKib;
}

// How many descriptors of this process stand on its own folder in /proc, which nobody else opens.
int descriptors_on_own_folder() {
  struct stat own {};
  DIR* descriptors = opendir("/proc/self/fd");
  if (descriptors == nullptr || stat("/proc/self", &own) != 0) {
    if (descriptors != nullptr) closedir(descriptors);
    return 0;
  }
  int count = 0;
  while (const dirent* entry = readdir(descriptors)) {
    struct stat opened {};
    if (fstat(std::atoi(entry->d_name), &opened) == 0 && opened.st_dev == own.st_dev &&
        opened.st_ino == own.st_ino) {
      ++count;
    }
  }
  closedir(descriptors);
  return count;
}

}  // namespace

// One for all that is read, since each takes 115 KB. The result is taken by position and not by the
// library's PIDS_VAL macro, which lost an argument in 4.0.5.
class Libproc2Reader::Context {
 public:
  Context() {
    auto items = kSizes;
    const int status = procps_pids_new(&context_, items.data(), static_cast<int>(items.size()));
    if (status < 0) {
      throw Error(std::string("libproc2 refused a context: ") + std::strerror(-status));
    }
  }
  ~Context() { procps_pids_unref(&context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Null where the process could not be read: the library then gives a fetch whose first stack is
  // a null pointer, and at an exhausted descriptor table so does 4.0.6. By value, since the library
  // takes no constant items.
  template <size_t Count>
  const pids_result* read(std::array<pids_item, Count> items) {
    if (procps_pids_reset(context_, items.data(), static_cast<int>(Count)) < 0) return nullptr;
    auto pid = static_cast<unsigned>(getpid());
    const pids_fetch* fetch = procps_pids_select(context_, &pid, 1, PIDS_SELECT_PID);
    if (fetch == nullptr || fetch->stacks == nullptr || fetch->stacks[0] == nullptr) {
      return nullptr;
    }
    return fetch->stacks[0]->head;
  }

 private:
  pids_info* context_ = nullptr;
};

std::string Libproc2Reader::compiled_version() { return MEMORY_TRACKER_LIBPROC2_VERSION; }

std::string Libproc2Reader::loaded_file() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&procps_pids_new), &info) == 0 ||
      info.dli_fname == nullptr) {
    return "unknown";
  }
  std::error_code error;
  const auto file = std::filesystem::canonical(info.dli_fname, error);
  return error ? std::string(info.dli_fname) : file.filename().string();
}

bool Libproc2Reader::leaks_descriptors() {
  const int before = descriptors_on_own_folder();
  Libproc2Reader().read_resident_kib();
  return descriptors_on_own_folder() > before;
}

Libproc2Reader::Libproc2Reader() : context_(std::make_unique<Context>()) {}
Libproc2Reader::~Libproc2Reader() = default;

std::optional<ProcessMemorySample> Libproc2Reader::read() {
  const pids_result* results = context_->read(kSizes);
  const auto status = read_text("/proc/self/status");
  if (results == nullptr || !status) return std::nullopt;
  // The library has no item for the high-water mark, and getrusage carries one over exec from the
  // program that this process was before.
  ProcessMemorySample sample = parse_status(*status);
  replace(sample.rss_bytes, results[0].result.ul_int);
  replace(sample.anonymous_bytes, results[1].result.ul_int);
  replace(sample.file_bytes, results[2].result.ul_int);
  replace(sample.shared_bytes, results[3].result.ul_int);
  replace(sample.swap_bytes, results[4].result.ul_int);
  if (sample.threads) sample.threads = static_cast<uint64_t>(results[5].result.s_int);
  return sample;
}

std::optional<PrivateMemorySample> Libproc2Reader::read_private() {
  const pids_result* results = context_->read(kParts);
  // No process has a PSS of 0; the library says so where there is no smaps_rollup.
  if (results == nullptr || results[0].result.ul_int == 0) return std::nullopt;
  return PrivateMemorySample{results[0].result.ul_int * kKib, results[1].result.ul_int * kKib};
}

std::optional<uint64_t> Libproc2Reader::read_resident_kib() {
  const pids_result* results = context_->read(kResident);
  if (results == nullptr) return std::nullopt;
  return results[0].result.ul_int;
}

}  // namespace memory_tracker
