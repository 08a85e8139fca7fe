#include "core/retention/theil_sen.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace memory_tracker {

PairSlopes::PairSlopes(const std::vector<CoursePoint>& points)
    : points_(static_cast<double>(points.size())) {
  slopes_.reserve(points.size() * (points.size() + 1) / 2);
  for (size_t first = 0; first < points.size(); ++first) {
    for (size_t second = first + 1; second < points.size(); ++second) {
      const double distance = points[second].x - points[first].x;
      if (distance != 0) slopes_.push_back((points[second].y - points[first].y) / distance);
    }
  }
}

double PairSlopes::nth(double rank) {
  const double last = static_cast<double>(slopes_.size()) - 1;
  const auto index = static_cast<std::ptrdiff_t>(std::clamp(rank, 0.0, last));
  std::nth_element(slopes_.begin(), slopes_.begin() + index, slopes_.end());
  return slopes_[static_cast<size_t>(index)];
}

Estimate PairSlopes::theil_sen(double deviate) {
  if (slopes_.size() < 3) return {};
  const auto pairs = static_cast<double>(slopes_.size());
  const double spread = deviate * std::sqrt(points_ * (points_ - 1) * (2 * points_ + 5) / 18);
  Estimate slope;
  slope.mean = nth(pairs / 2);
  slope.low = nth(std::floor((pairs - spread) / 2));
  slope.high = nth(std::ceil((pairs + spread) / 2));
  return slope;
}

}  // namespace memory_tracker
