#include "core/retention/kept_moments.hpp"

#include <algorithm>
#include <cmath>

namespace memory_tracker {
namespace {

constexpr double kNormal975 = 1.959964;

// Student's t for as many requests as these.
double student_975(double requests) noexcept {
  constexpr double kCorrection = (kNormal975 * kNormal975 * kNormal975 + kNormal975) / 4;
  return kNormal975 + kCorrection / requests;
}

// Quantile of a gamma distribution by Wilson and Hilferty: skewed as sums of rare events are, and
// as good as normal where there are many. Within 2 % of Poisson's exact limits.
double gamma_quantile(double mean, double variance, double deviate) noexcept {
  if (mean <= 0) return 0;
  if (variance <= 0) return mean;
  const double shape = mean * mean / variance;
  const double root = 1 - 1 / (9 * shape) + deviate / (3 * std::sqrt(shape));
  return root <= 0 ? 0 : mean * root * root * root;
}

// The quantile of the mean with one request more, that kept `extra`.
double quantile_with(const KeptMoments& moments, double extra, double deviate) noexcept {
  const auto before = static_cast<double>(moments.requests);
  const double requests = before + 1;
  const double mean = (moments.sum + extra) / requests;
  const double squares = moments.squares + extra * extra - requests * mean * mean;
  return gamma_quantile(mean, std::max(0.0, squares) / before / requests, deviate);
}

}  // namespace

Estimate estimate_mean(const KeptMoments& moments, double least_event) noexcept {
  if (moments.requests == 0) return {};
  const double mean = moments.mean();
  const double event = moments.sum > 0 ? moments.squares / moments.sum : least_event;
  const double deviate = student_975(static_cast<double>(moments.requests));
  Estimate estimate;
  estimate.mean = mean;
  estimate.low = std::min(mean, quantile_with(moments, 0, -deviate));
  estimate.high = std::max(mean, quantile_with(moments, mean + event, deviate));
  return estimate;
}

double relative_variance(const KeptMoments& moments) noexcept {
  const auto requests = static_cast<double>(moments.requests);
  const double mean = moments.mean();
  const double squares = std::max(0.0, moments.squares - requests * mean * mean);
  return squares / requests / std::max(1.0, requests - 1) / (mean * mean);
}

}  // namespace memory_tracker
