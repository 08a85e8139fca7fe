#pragma once

#include <vector>

#include "core/retention/retention_report.hpp"

namespace memory_tracker {

struct CoursePoint {
  double x;
  double y;
};

// The slopes between all pairs of some points: 2,016 for 64 points, 20 us. Their median is the
// slope of Theil and Sen, which outliers do not move, up to a quarter of the points.
class PairSlopes {
 public:
  explicit PairSlopes(const std::vector<CoursePoint>& points);

  // With the interval that Kendall's tau gives it at `deviate` standard deviations (1.96: 95 %).
  // All zero where there are less than three slopes between points of different x. Sorts a little.
  Estimate theil_sen(double deviate = 1.959964);

 private:
  double nth(double rank);

  double points_;
  std::vector<double> slopes_;
};

}  // namespace memory_tracker
