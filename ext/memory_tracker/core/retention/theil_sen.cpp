#include "core/retention/theil_sen.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace memory_tracker {
namespace {

double nth(std::vector<double>& values, double rank) {
  const double last = static_cast<double>(values.size()) - 1;
  const auto index = static_cast<std::ptrdiff_t>(std::clamp(rank, 0.0, last));
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return values[static_cast<size_t>(index)];
}

}  // namespace

Estimate theil_sen_slope(const std::vector<CoursePoint>& points, double deviate) {
  std::vector<double> slopes;
  slopes.reserve(points.size() * (points.size() + 1) / 2);
  for (size_t first = 0; first < points.size(); ++first) {
    for (size_t second = first + 1; second < points.size(); ++second) {
      const double distance = points[second].x - points[first].x;
      if (distance != 0) slopes.push_back((points[second].y - points[first].y) / distance);
    }
  }
  if (slopes.size() < 3) return {};
  const auto count = static_cast<double>(points.size());
  const auto pairs = static_cast<double>(slopes.size());
  const double spread = deviate * std::sqrt(count * (count - 1) * (2 * count + 5) / 18);
  Estimate slope;
  slope.mean = nth(slopes, pairs / 2);
  slope.low = nth(slopes, std::floor((pairs - spread) / 2));
  slope.high = nth(slopes, std::ceil((pairs + spread) / 2));
  return slope;
}

}  // namespace memory_tracker
