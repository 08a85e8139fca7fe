#pragma once

#include "core/record/request_record.hpp"
#include "core/thread_account.hpp"

namespace memory_tracker {

// Fills in what a request did between its two snapshots: pages touched, objects and bytes
// allocated, time in the collector. From the readings of its thread where everything between them
// was its own work, else from the process's counters, and the scope says which. What can only be
// told per thread is left out where the thread was not the request's alone.
void settle_work(RequestRecord& record, const ThreadReading& begin,
                 const ThreadReading& end) noexcept;

}  // namespace memory_tracker
