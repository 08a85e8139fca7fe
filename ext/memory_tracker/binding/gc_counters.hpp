#pragma once

#include <ruby.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "core/record/request_record.hpp"

namespace memory_tracker {

// Reads GC.stat key by key, by Symbols that were looked up once: 3 to 5 ns a key, where the Hash of
// all keys costs 500 ns. A key that this Ruby does not know is left out at the start, because
// asking for it raises.
//
// Under the GVL. Allocates nothing.
class GcCounters {
 public:
  // The first kMaxGcCounters of `names` that this Ruby has.
  explicit GcCounters(const std::vector<std::string>& names);

  const std::vector<std::string>& names() const noexcept { return names_; }

  // Nanoseconds spent in collections so far. May call a method of Ruby's, and with it let another
  // thread, or an exception from one, come in between; read() never does.
  static uint64_t total_time_ns();
  void read(RubyCounters& counters, uint64_t total_time_ns) const noexcept;

  // Whether GC.stat of this Ruby has the key, a Symbol.
  static bool known(VALUE key);

 private:
  std::vector<std::string> names_;
  std::array<VALUE, kMaxGcCounters> symbols_{};
  // Where the two that every record needs stand among them; kMaxGcCounters: nowhere.
  size_t majors_at_ = kMaxGcCounters;
  size_t allocations_at_ = kMaxGcCounters;
};

}  // namespace memory_tracker
