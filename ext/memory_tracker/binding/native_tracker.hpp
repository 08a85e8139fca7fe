#pragma once

#include <utility>

#include "binding/gc_counters.hpp"
#include "binding/object_counter.hpp"
#include "binding/retention/retention_sampler.hpp"
#include "core/tracker.hpp"

namespace memory_tracker {

// What MemoryTracker::Tracker wraps: the core's tracker, and the readers of Ruby's own counters,
// which the core knows nothing of. Under the GVL.
struct NativeTracker {
  NativeTracker(Options options, GcCounters counters, ObjectCounter::Mode mode, bool wants_lines,
                ApplicationPaths paths)
      : core(std::move(options)),
        gc_counters(std::move(counters)),
        object_counter(mode),
        retention(core, std::move(paths)),
        wants_lines(wants_lines) {}

  Tracker core;
  GcCounters gc_counters;
  ObjectCounter object_counter;
  RetentionSampler retention;
  bool wants_lines;  // finish() gives the line of a request that passed the threshold
};

}  // namespace memory_tracker
