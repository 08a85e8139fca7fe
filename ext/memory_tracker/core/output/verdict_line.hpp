#pragma once

#include <string>

#include "core/output/line_context.hpp"
#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// Whether the process keeps more and more objects: a "verdict" line, at WARN when it leaks.
void append_verdict_line(std::string& out, int64_t wall_ns, const ProcessRetention& process,
                         const LineContext& context);

}  // namespace memory_tracker
