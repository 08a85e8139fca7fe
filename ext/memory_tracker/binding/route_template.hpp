#pragma once

#include <ruby.h>

#include "core/record/request_record.hpp"

namespace memory_tracker {

// The route template of a Rails that does not tell it (7.0): the path with the values of its path
// parameters replaced by their names, /orders/17 by {id: "17"} is /orders/:id. The path is the
// record's own. Under the GVL; allocates nothing.
void rebuild_route(VALUE path_parameters, RequestRecord& record) noexcept;

}  // namespace memory_tracker
