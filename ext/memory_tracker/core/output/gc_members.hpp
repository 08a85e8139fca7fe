#pragma once

#include "core/output/json_object.hpp"
#include "core/output/line_context.hpp"
#include "core/record/request_record.hpp"

namespace memory_tracker {

// The chosen counters of GC.stat under their own names; those that are invalid are left out, and
// the whole object where none was chosen.
void append_gc_counters(JsonObject& line, const char* key, const RubyCounters& counters,
                        const LineContext& context);

}  // namespace memory_tracker
