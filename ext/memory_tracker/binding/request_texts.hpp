#pragma once

#include <ruby.h>

#include "core/record/request_record.hpp"

namespace memory_tracker {

// Copies what a Rack environment says of a request into its record. Under the GVL; allocates no
// object, calls no method that the application could have defined, and never raises: what is not
// of the expected type is passed over.

// At the start: method, path, and the request id as far as it is known by then.
void read_request(VALUE env, RequestRecord& record) noexcept;

// When the application has answered, or raised `error` (else nil): status, route data.
void read_answer(VALUE env, VALUE status, VALUE error, RequestRecord& record) noexcept;

// Of a job or a block; see RequestFlight::begin_work.
void read_work(VALUE name, VALUE fields, RequestRecord& record) noexcept;

// `url`, a String or nil, replaces the path.
void read_url(VALUE url, RequestRecord& record) noexcept;
void read_error(VALUE error, RequestRecord& record) noexcept;

// Whether the action runs on a thread of its own (ActionController::Live), so that the request's
// thread says nothing of it.
bool works_elsewhere(VALUE env) noexcept;

// Whether the application has taken the connection from the server, or asks for it by a header.
bool hijacked(VALUE env, VALUE headers) noexcept;

}  // namespace memory_tracker
