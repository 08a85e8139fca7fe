#pragma once

#include <cstdint>

#include "binding/retention/counted_flight.hpp"

namespace memory_tracker {

// Tells the sampled requests of the process of each object that is allocated. The hook is enabled
// while there is one: it slows every allocation of every thread, on Ruby before 3.3 even those that
// it is not told of.
//
// Under the GVL; the hook itself allocates nothing, and gives up by itself in a forked child.
namespace new_object_hook {

// Requests that can be sampled at the same time, of all trackers.
constexpr uint32_t kMostWatched = 64;

// Measures what the hook costs an allocation. Allocates some objects; once in a process.
void measure_price();

// False where kMostWatched are watched. What a parent process watched is forgotten.
bool watch(CountedFlight& flight) noexcept;
// Harmless for one that is not watched.
void unwatch(CountedFlight& flight) noexcept;

// What the hook has cost since the last call, by the number of calls and the measured price.
int64_t take_cost_ns() noexcept;

// In between, what the calling thread allocates is the tracker's own and counts nowhere.
void pause_current() noexcept;
void resume_current() noexcept;

}  // namespace new_object_hook
}  // namespace memory_tracker
