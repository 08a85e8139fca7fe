#pragma once

#include <ruby.h>

#include "binding/retention/retention_sampler.hpp"
#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// What MemoryTracker.report and MemoryTracker.stats[:retention] give, under the names of the lines.
VALUE retention_report_hash(const RetentionReport& report);
VALUE retention_stats_hash(const RetentionStats& stats);

}  // namespace memory_tracker
