#pragma once

#include "core/record/attribution.hpp"
#include "core/record/flight.hpp"

namespace memory_tracker {

// What is known of a request at its end: from both snapshots of its record, from what was noted at
// its beginning and from the last reading of its thread. Shows the process's course the RSS at the
// end. For the thread that holds the GVL.
GrowthEvidence gather_evidence(const Flight& flight, const RequestRecord& record,
                               const ThreadReading& reading) noexcept;

}  // namespace memory_tracker
