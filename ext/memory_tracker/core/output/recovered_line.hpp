#pragma once

#include <string>

#include "core/output/line_context.hpp"
#include "core/record/request_record.hpp"

namespace memory_tracker {

// Appends the line of a record that was read from a dead process's file. Its fields are JSON that
// somebody else has written, and go into the line as they are: what damage or a strange hand has
// made of them is left out, and named among what is truncated.
void append_recovered_line(std::string& out, const RequestRecord& record,
                           const LineContext& context);

}  // namespace memory_tracker
