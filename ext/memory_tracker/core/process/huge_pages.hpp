#pragma once

#include <string_view>

namespace memory_tracker {

// Whether "always [madvise] never" and its like, as the kernel prints it, chooses `always`.
bool chooses_always(std::string_view setting) noexcept;

// Whether the kernel gives huge pages to memory that did not ask for them. One page fault then
// brings up to 2 MB, and counting faults says little about bytes. Asked once, at the first call.
bool huge_pages_everywhere() noexcept;

}  // namespace memory_tracker
