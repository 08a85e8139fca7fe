#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/record/flight.hpp"

namespace memory_tracker {

// Names a request under way. Fits a Ruby Fixnum. A token outlives its request harmlessly: the
// generation in it then matches no slot any more, not even in a forked child, whose generations
// go on from its parent's.
using FlightToken = uint64_t;
constexpr FlightToken kNoFlight = 0;

// The slots that requests in flight hold. The first ones lie in the recorder's file, where they
// survive a kill; when those are all taken (a fiber server with hundreds of requests waiting) more
// are made on the heap, so that each request is still measured, only not in the black box.
//
// Under the GVL, which is what keeps claim() and release() from needing locked instructions. The
// memory is never given back: a late token may still be looked up.
class InFlightSlots {
 public:
  InFlightSlots(StampedRecord* mapped, uint32_t mapped_count) noexcept;
  InFlightSlots(const InFlightSlots&) = delete;
  InFlightSlots& operator=(const InFlightSlots&) = delete;

  // Null when kMaxFlights are under way or memory has run out.
  Flight* claim(FlightToken& token) noexcept;

  // Null when that request has ended, or began in the process that this one was forked from.
  Flight* find(FlightToken token) noexcept;

  void release(FlightToken token) noexcept;

  // Calls visit(token, flight) for each request under way.
  template <typename Visit>
  void each(Visit visit) noexcept {
    for (size_t group = 0; group < kGroups; ++group) {
      Flight* flights = groups_[group].load(std::memory_order_acquire);
      if (flights == nullptr) return;
      for (size_t place = 0; place < kGroupSize; ++place) {
        if (flights[place].generation != 0) {
          visit(token_of(group * kGroupSize + place, flights[place].generation), flights[place]);
        }
      }
    }
  }

  uint64_t claimed_beyond_file() const noexcept {
    return claimed_beyond_file_.load(std::memory_order_relaxed);
  }

  static constexpr size_t kGroupSize = 64;
  static constexpr size_t kGroups = 256;
  static constexpr size_t kMaxFlights = kGroups * kGroupSize;

 private:
  static constexpr unsigned kIndexBits = 14;
  static_assert(kMaxFlights <= size_t{1} << kIndexBits);

  static FlightToken token_of(size_t index, uint64_t generation) noexcept {
    return generation << kIndexBits | index;
  }
  bool add_group(size_t group) noexcept;

  uint32_t mapped_count_;
  std::array<std::atomic<Flight*>, kGroups> groups_{};
  std::array<uint64_t, kGroups> taken_{};  // a bit for each place of the group
  std::atomic<uint64_t> claimed_beyond_file_{0};
};

}  // namespace memory_tracker
