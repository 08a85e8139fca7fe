#include "core/process/allocator.hpp"

#include <dlfcn.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace memory_tracker {
namespace {

using Mallctl = int (*)(const char*, void*, size_t*, void*, size_t);

Mallctl jemalloc_mallctl() noexcept {
  static const auto mallctl = reinterpret_cast<Mallctl>(dlsym(RTLD_DEFAULT, "mallctl"));
  return mallctl;
}

std::string find_name() {
  if (jemalloc_mallctl() != nullptr) return "jemalloc";
  if (dlsym(RTLD_DEFAULT, "mi_version") != nullptr) return "mimalloc";
  if (dlsym(RTLD_DEFAULT, "tc_version") != nullptr ||
      dlsym(RTLD_DEFAULT, "MallocExtension_GetNumericProperty") != nullptr) {
    return "tcmalloc";
  }
  if (dlsym(RTLD_DEFAULT, "gnu_get_libc_version") != nullptr) return "glibc";
  // musl has no symbol of its own; its loader, which is the library too, has it in its name.
  Dl_info info{};
  const bool found = dladdr(reinterpret_cast<const void*>(&std::malloc), &info) != 0;
  return found && info.dli_fname != nullptr && std::strstr(info.dli_fname, "musl") != nullptr
             ? "musl"
             : "unknown";
}

bool read_statistic(Mallctl mallctl, const char* name, uint64_t& bytes) noexcept {
  size_t value = 0;
  size_t length = sizeof value;
  if (mallctl(name, &value, &length, nullptr, 0) != 0) return false;
  bytes = value;
  return true;
}

const uint64_t* counter_address(Mallctl mallctl, const char* name) noexcept {
  uint64_t* address = nullptr;
  size_t length = sizeof address;
  return mallctl(name, &address, &length, nullptr, 0) == 0 ? address : nullptr;
}

}  // namespace

const std::string& allocator_name() {
  // Leaked: a static with a destructor would be destroyed in forked children and at exit, while
  // the writer may still read it.
  static const auto* name = new std::string(find_name());
  return *name;
}

std::optional<AllocatorFigures> allocator_figures() noexcept {
  const Mallctl mallctl = jemalloc_mallctl();
  if (mallctl == nullptr) return std::nullopt;
  uint64_t epoch = 1;
  size_t length = sizeof epoch;
  if (mallctl("epoch", &epoch, &length, &epoch, sizeof epoch) != 0) return std::nullopt;
  AllocatorFigures figures{};
  if (!read_statistic(mallctl, "stats.allocated", figures.allocated_bytes) ||
      !read_statistic(mallctl, "stats.active", figures.active_bytes) ||
      !read_statistic(mallctl, "stats.resident", figures.resident_bytes) ||
      !read_statistic(mallctl, "stats.retained", figures.retained_bytes)) {
    return std::nullopt;
  }
  return figures;
}

ThreadMallocCounters thread_malloc_counters() noexcept {
  const Mallctl mallctl = jemalloc_mallctl();
  if (mallctl == nullptr) return {};
  thread_local const ThreadMallocCounters counters{counter_address(mallctl, "thread.allocatedp"),
                                                   counter_address(mallctl, "thread.deallocatedp")};
  return counters;
}

}  // namespace memory_tracker
