#pragma once

#include <string>

#include "core/record/request_record.hpp"

namespace memory_tracker {

// What a request, job or block is accounted under: controller#action; without them the route's
// template; without one the shape of the path; for jobs and blocks the name. "other" where there
// is nothing to tell by. At most kLongestEndpoint bytes.
std::string endpoint_name(const RequestRecord& record);

constexpr size_t kLongestEndpoint = 200;

// Where endpoints beyond the bound go.
constexpr const char* kOtherEndpoint = "other";

}  // namespace memory_tracker
