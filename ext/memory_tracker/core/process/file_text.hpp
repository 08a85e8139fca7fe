#pragma once

#include <optional>
#include <string>

namespace memory_tracker {

// The whole text of one of the kernel's small files. Nothing where it is not there or cannot be
// read to its end. Any thread; throws nothing but std::bad_alloc.
std::optional<std::string> read_text(const std::string& path);

}  // namespace memory_tracker
