#pragma once

#include <string>

#include "core/output/line_context.hpp"
#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// What the requests of one endpoint keep: a "retention" line, at WARN when it leaks.
void append_retention_line(std::string& out, int64_t wall_ns, const EndpointReport& report,
                           const LineContext& context);

}  // namespace memory_tracker
