#include "core/record/in_flight_slots.hpp"

#include <new>

namespace memory_tracker {
namespace {

// One for the whole process, so that no two requests of it ever share a token, whichever tracker
// they belong to. 47 bits of it fit into a token: enough for 100,000 requests a second for
// 40 years.
uint64_t next_generation = 1;

}  // namespace

InFlightSlots::InFlightSlots(StampedRecord* mapped, uint32_t mapped_count) noexcept
    : mapped_count_(mapped_count) {
  const size_t groups = (mapped_count + kGroupSize - 1) / kGroupSize;
  for (size_t group = 0; group < groups; ++group) {
    auto* flights = new (std::nothrow) Flight[kGroupSize];
    if (flights == nullptr) return;
    for (size_t place = 0; place < kGroupSize; ++place) {
      const size_t index = group * kGroupSize + place;
      if (index < mapped_count) {
        flights[place].slot = mapped + index;
      } else {
        taken_[group] |= uint64_t{1} << place;
      }
    }
    groups_[group].store(flights, std::memory_order_release);
  }
}

bool InFlightSlots::add_group(size_t group) noexcept {
  auto* flights = new (std::nothrow) Flight[kGroupSize];
  auto* records = new (std::nothrow) StampedRecord[kGroupSize];
  if (flights == nullptr || records == nullptr) {
    delete[] flights;
    delete[] records;
    return false;
  }
  for (size_t place = 0; place < kGroupSize; ++place) {
    records[place].stamp.store(0, std::memory_order_relaxed);
    flights[place].slot = records + place;
  }
  Flight* expected = nullptr;
  if (!groups_[group].compare_exchange_strong(expected, flights, std::memory_order_acq_rel)) {
    delete[] flights;
    delete[] records;
  }
  return true;
}

Flight* InFlightSlots::claim(FlightToken& token) noexcept {
  for (size_t group = 0; group < kGroups; ++group) {
    Flight* flights = groups_[group].load(std::memory_order_acquire);
    if (flights == nullptr) {
      if (!add_group(group)) return nullptr;
      flights = groups_[group].load(std::memory_order_acquire);
    }
    if (taken_[group] == UINT64_MAX) continue;
    const auto place = static_cast<size_t>(__builtin_ctzll(~taken_[group]));
    taken_[group] |= uint64_t{1} << place;
    const size_t index = group * kGroupSize + place;
    if (index >= mapped_count_) claimed_beyond_file_.fetch_add(1, std::memory_order_relaxed);
    Flight& flight = flights[place];
    flight.generation = next_generation++;
    flight.answered = false;
    flight.elsewhere = false;
    flight.sample = 0;
    token = token_of(index, flight.generation);
    return &flight;
  }
  return nullptr;
}

Flight* InFlightSlots::find(FlightToken token) noexcept {
  const size_t index = token & ((size_t{1} << kIndexBits) - 1);
  if (index >= kMaxFlights) return nullptr;
  Flight* flights = groups_[index / kGroupSize].load(std::memory_order_acquire);
  if (flights == nullptr) return nullptr;
  Flight& flight = flights[index % kGroupSize];
  return token != kNoFlight && flight.generation == token >> kIndexBits ? &flight : nullptr;
}

void InFlightSlots::release(FlightToken token) noexcept {
  Flight* flight = find(token);
  if (flight == nullptr) return;
  flight->slot->stamp.store(0, std::memory_order_release);
  // Whoever reads the slot after a kill must not find the next request's record under this stamp:
  // its stores stay behind this one.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  flight->generation = 0;
  const size_t index = token & ((size_t{1} << kIndexBits) - 1);
  taken_[index / kGroupSize] &= ~(uint64_t{1} << index % kGroupSize);
}

}  // namespace memory_tracker
