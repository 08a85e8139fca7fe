#pragma once

#include <cstring>
#include <string>

#include "core/record/request_record.hpp"

namespace memory_tracker::testing {

constexpr uint64_t kMegabyte = 1'048'576;

// A request of 12.5 ms that grew the process from 100 to 112.5 MB.
inline RequestRecord sample_record() {
  RequestRecord record;
  std::memset(static_cast<void*>(&record), 0, sizeof record);
  record.clear();
  record.event = Event::kRequest;
  record.status = 200;
  record.in_flight = 1;
  record.thread_number = 7;
  record.before.process = {1'000'000'000, 100 * kMegabyte, 10};
  record.after.process = {1'012'500'000, 112 * kMegabyte + kMegabyte / 2, 3210};
  record.before.ruby = {1'000, 3, 1, 5'000, {11, 22}};
  record.after.ruby = {501'000, 4, 1, 5'600, {12, 22}};
  record.touched_bytes = 12 * kMegabyte + kMegabyte / 2;
  record.allocated_objects = 600;
  record.gc_time_ns = 500'000;
  record.texts.set(Text::kMethod, "GET");
  record.texts.set(Text::kUrl, "/orders/17");
  return record;
}

}  // namespace memory_tracker::testing
