#include "binding/retention/reservoir.hpp"

#include <cmath>

namespace memory_tracker {

void Reservoir::restart(uint64_t seed) noexcept {
  offered_ = 0;
  next_ = 0;
  size_ = 0;
  weight_ = 1;
  random_state_ = seed | 1;
}

void Reservoir::add(VALUE object, const CallSite& site) noexcept {
  if (size_ < kCapacity) {
    entries_[size_++] = {object, site};
    if (size_ == kCapacity) draw_next();
    return;
  }
  entries_[static_cast<uint32_t>(random() * kCapacity)] = {object, site};
  draw_next();
}

void Reservoir::draw_next() noexcept {
  weight_ *= std::exp(std::log(random()) / kCapacity);
  const double skipped = std::floor(std::log(random()) / std::log1p(-weight_));
  // Beyond any request where the weight has become too small for a double.
  next_ = skipped < 1e15 ? offered_ + static_cast<uint64_t>(skipped) + 1 : UINT64_MAX;
}

// xorshift64*, whose upper 53 bits make a double; half a step keeps it off 0.
double Reservoir::random() noexcept {
  random_state_ ^= random_state_ >> 12;
  random_state_ ^= random_state_ << 25;
  random_state_ ^= random_state_ >> 27;
  const uint64_t bits = (random_state_ * 0x2545F4914F6CDD1DULL) >> 11;
  return (static_cast<double>(bits) + 0.5) * 0x1.0p-53;
}

void Reservoir::mark() const noexcept {
  for (uint32_t place = 0; place < size_; ++place) {
    if (entries_[place].object == 0) continue;
    rb_gc_mark(entries_[place].object);
    rb_gc_mark(entries_[place].site.path);
  }
}

}  // namespace memory_tracker
