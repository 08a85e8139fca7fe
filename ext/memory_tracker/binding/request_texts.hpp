#pragma once

#include <ruby.h>

#include "core/record/request_record.hpp"

namespace memory_tracker {

// Copies what a Rack environment says of a request into its record. Under the GVL; allocates no
// object, calls no method that the application could have defined, and never raises: what is not
// of the expected type is passed over.

// At the start: method, path, and the request id as far as it is known by then.
void read_request(VALUE env, RequestRecord& record) noexcept;

// When the application has answered or raised: status, route data, thread. `error` is the
// exception or nil; `url`, a String or nil, replaces the path.
void read_answer(VALUE env, VALUE status, VALUE error, VALUE url, RequestRecord& record) noexcept;

void read_error(VALUE error, RequestRecord& record) noexcept;

}  // namespace memory_tracker
