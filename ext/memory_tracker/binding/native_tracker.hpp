#pragma once

#include <memory>
#include <utility>

#include "binding/gc_counters.hpp"
#include "binding/object_counter.hpp"
#include "core/tracker.hpp"

namespace memory_tracker {

// What MemoryTracker::Tracker wraps: the core's tracker, and the readers of Ruby's own counters,
// which the core knows nothing of. Under the GVL.
struct NativeTracker {
  NativeTracker(Options options, GcCounters counters, ObjectCounter::Mode mode, bool wants_lines)
      : core(std::move(options)),
        gc_counters(std::move(counters)),
        object_counter(mode),
        wants_lines(wants_lines) {}

  Tracker core;
  GcCounters gc_counters;
  ObjectCounter object_counter;
  bool wants_lines;  // finish() gives the line of a request that passed the threshold
};

}  // namespace memory_tracker
