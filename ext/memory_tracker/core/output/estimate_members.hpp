#pragma once

#include <string_view>

#include "core/output/json_object.hpp"
#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// A number with so many decimals; one beyond what a line can hold is cut to that.
void append_decimal(JsonObject& object, std::string_view key, double value, int digits);

// {"mean":5.002,"low":4.93,"high":5.071}
void append_estimate(JsonObject& object, std::string_view key, const Estimate& estimate,
                     int digits);

// The same of bytes, in MB.
void append_megabytes(JsonObject& object, std::string_view key, const Estimate& bytes);

}  // namespace memory_tracker
