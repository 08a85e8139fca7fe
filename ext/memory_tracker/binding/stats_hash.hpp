#pragma once

#include <ruby.h>

#include "core/tracker_stats.hpp"

namespace memory_tracker {

// What MemoryTracker.stats gives, but for :retention.
VALUE stats_hash(const TrackerStats& stats);

}  // namespace memory_tracker
