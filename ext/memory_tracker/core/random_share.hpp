#pragma once

#include <cstdint>

namespace memory_tracker {

// Takes such a share of what it is asked about, by chance. One thread at a time.
class RandomShare {
 public:
  // `seed` is not 0.
  RandomShare(double share, uint64_t seed) noexcept : share_(share), state_(seed) {}

  bool takes() noexcept {
    if (share_ >= 1.0) return true;
    // xorshift64*, whose upper 53 bits make a double in [0, 1).
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    const uint64_t bits = (state_ * 0x2545F4914F6CDD1DULL) >> 11;
    return static_cast<double>(bits) * 0x1.0p-53 < share_;
  }

 private:
  double share_;
  uint64_t state_;
};

}  // namespace memory_tracker
