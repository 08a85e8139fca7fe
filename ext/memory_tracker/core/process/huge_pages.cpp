#include "core/process/huge_pages.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace memory_tracker {
namespace {

bool ask_kernel() noexcept {
  const int descriptor = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  char text[64];
  const ssize_t length = read(descriptor, text, sizeof text);
  close(descriptor);
  return length > 0 && chooses_always({text, static_cast<size_t>(length)});
}

}  // namespace

bool chooses_always(std::string_view setting) noexcept {
  return setting.find("[always]") != std::string_view::npos;
}

bool huge_pages_everywhere() noexcept {
  static const bool everywhere = ask_kernel();
  return everywhere;
}

}  // namespace memory_tracker
