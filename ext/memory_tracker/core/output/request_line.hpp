#pragma once

#include <string>

#include "core/output/line_context.hpp"
#include "core/record/request_record.hpp"

namespace memory_tracker {

// Appends the line of a finished request, job or block, "\n" included. What the record does not
// know stays out of the line.
void append_request_line(std::string& out, const RequestRecord& record, const LineContext& context);

}  // namespace memory_tracker
