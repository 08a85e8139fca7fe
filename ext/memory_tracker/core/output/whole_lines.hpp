#pragma once

#include <string_view>

#include "core/output/sink.hpp"

namespace memory_tracker {

// Writes lines to a descriptor so that each is there whole or not at all.
//
// When a disk fills up within a line, the piece is cut off again as long as it is still the end of
// the file; where it cannot be cut (a pipe, or somebody appended behind it), `torn` is set and the
// next call closes the piece with a newline, so that it cannot swallow the line behind it.
WriteResult write_whole_lines(int descriptor, std::string_view lines, bool& torn) noexcept;

}  // namespace memory_tracker
