#pragma once

#include <cstddef>
#include <string>

#include "core/record/recorder_folder.hpp"

namespace memory_tracker {

// Recorders that could not be read are kept beside the others, for whoever wants to know why or has
// the release that made them. In shared memory each costs its size, so an application keeps the
// last few alone.
constexpr size_t kUnreadableRecordersKept = 8;

// Renames it, and removes those of the same application that were set aside before the last few.
void set_aside_recorder(const RecorderFolder& folder, const std::string& name);

}  // namespace memory_tracker
