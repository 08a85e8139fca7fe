#pragma once

#include <cstdint>

#include "core/retention/retention_report.hpp"

namespace memory_tracker {

// What some requests kept, in objects or bytes: the sums that a mean and its interval are made of.
struct KeptMoments {
  uint64_t requests = 0;
  double sum = 0;
  double squares = 0;

  void add(double kept) noexcept {
    ++requests;
    sum += kept;
    squares += kept * kept;
  }
  double mean() const noexcept { return requests == 0 ? 0 : sum / static_cast<double>(requests); }
};

// The mean with its 95 % interval, for figures that are mostly zero and never negative.
//
// `least_event` is the least that a request which kept something shows, see EndpointHistory: what
// no request showed may still be, up to about 3.7 / requests of such events. The interval also
// allows for one request that was not sampled and that kept nothing, or one more event: twenty
// equal figures do not prove that all are equal.
Estimate estimate_mean(const KeptMoments& moments, double least_event) noexcept;

// Variance of the logarithm of the mean; the mean is above zero.
double relative_variance(const KeptMoments& moments) noexcept;

}  // namespace memory_tracker
