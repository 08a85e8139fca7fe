#pragma once

#include <stdexcept>

namespace memory_tracker {

// What the core throws, and only while something is being set up: the binding turns it into
// MemoryTracker::Error. Functions that run within a request are noexcept and report by value.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace memory_tracker
