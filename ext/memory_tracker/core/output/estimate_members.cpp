#include "core/output/estimate_members.hpp"

#include <algorithm>
#include <cmath>

namespace memory_tracker {
namespace {

int64_t whole(double value) {
  constexpr double kLargest = 9e15;  // to here a double knows every whole number
  return std::llround(std::clamp(value, -kLargest, kLargest));
}

}  // namespace

void append_decimal(JsonObject& object, std::string_view key, double value, int digits) {
  object.decimal(key, whole(value * std::pow(10, digits)), digits);
}

void append_estimate(JsonObject& object, std::string_view key, const Estimate& estimate,
                     int digits) {
  JsonObject members = object.object(key);
  append_decimal(members, "mean", estimate.mean, digits);
  append_decimal(members, "low", estimate.low, digits);
  append_decimal(members, "high", estimate.high, digits);
  members.end();
}

void append_megabytes(JsonObject& object, std::string_view key, const Estimate& bytes) {
  JsonObject members = object.object(key);
  members.megabytes("mean", whole(bytes.mean));
  members.megabytes("low", whole(bytes.low));
  members.megabytes("high", whole(bytes.high));
  members.end();
}

}  // namespace memory_tracker
