#pragma once

#include <ruby.h>

#include <cstdint>

#include "core/record/request_record.hpp"

namespace memory_tracker {

// ObjectSpace.count_objects before and after a request. It walks the whole heap under the GVL,
// 1 ms for a million objects, so by default it is done only as often as it stays under 0.1 % of
// time, by its own measured cost.
//
// Under the GVL. The Hash that Ruby fills is kept and used again.
class ObjectCounter {
 public:
  enum class Mode { kNever, kBudget, kAlways };

  explicit ObjectCounter(Mode mode);

  // Whether the request that starts now is one to count; the answer also holds for its end.
  bool due(int64_t monotonic_ns) const noexcept {
    return mode_ == Mode::kAlways || (mode_ == Mode::kBudget && monotonic_ns >= next_ns_);
  }

  void count(ObjectCounts& objects);

 private:
  static constexpr int64_t kBudgetShare = 1000;

  Mode mode_;
  VALUE hash_;
  int64_t next_ns_ = 0;
};

}  // namespace memory_tracker
