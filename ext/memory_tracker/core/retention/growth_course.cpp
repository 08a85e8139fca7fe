#include "core/retention/growth_course.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace memory_tracker {
namespace {

constexpr double kWarmUpShare = 1.0 / 3;
constexpr size_t kFewestPoints = 8;

// Readings follow from the one before, which makes the interval for independent ones too narrow:
// whether growth is there is judged at 99.9 %.
constexpr double kJudgingDeviate = 3.290527;
constexpr double kComparingDeviate = 2.575829;

// No growth, where less than this share of the old objects would have come over the whole course.
constexpr double kNegligibleShare = 0.01;
constexpr double kPlateauSlope = 0.05;

// A late part that grows at less than this share of the early part's rate slows down, where the
// intervals say so; at less than half of it, it may.
constexpr double kFillingShare = 0.8;
constexpr double kHalf = 0.5;

bool grows(PairSlopes& slopes) {
  const Estimate slope = slopes.theil_sen(kJudgingDeviate);
  return slope.low > 0 && slope.mean > kNegligibleSlope;
}

ProcessVerdict flat_or_undecided(const Estimate& slope, const std::vector<CoursePoint>& points) {
  const double requests = points.back().x - points.front().x;
  const bool flat =
      slope.high <= kPlateauSlope || slope.high * requests <= kNegligibleShare * points.back().y;
  return flat ? ProcessVerdict::kPlateau : ProcessVerdict::kUndecided;
}

}  // namespace

void GrowthCourse::note(uint64_t process_requests, uint64_t old_objects) {
  ++readings_;
  gathered_.x += static_cast<double>(process_requests);
  gathered_.y += static_cast<double>(old_objects);
  if (++gathered_count_ < readings_a_point_) return;
  const auto count = static_cast<double>(gathered_count_);
  points_.push_back({gathered_.x / count, gathered_.y / count});
  new_point_ = true;
  gathered_ = {0, 0};
  gathered_count_ = 0;
  if (points_.size() == kMaxPoints) thin_out();
}

void GrowthCourse::thin_out() {
  for (size_t index = 0; index + 1 < points_.size(); index += 2) {
    const CoursePoint& left = points_[index];
    const CoursePoint& right = points_[index + 1];
    points_[index / 2] = {(left.x + right.x) / 2, (left.y + right.y) / 2};
  }
  points_.resize(points_.size() / 2);
  readings_a_point_ *= 2;
}

std::vector<CoursePoint> GrowthCourse::after_warm_up() const {
  if (points_.empty()) return {};
  const double from = points_.back().x * kWarmUpShare;
  const auto first = std::find_if(points_.begin(), points_.end(),
                                  [from](const CoursePoint& point) { return point.x >= from; });
  return {first, points_.end()};
}

const ProcessRetention& GrowthCourse::judge() {
  if (std::exchange(new_point_, false) && readings_ > kWarmUpMajorGcs) judge_anew();
  judged_.major_gcs = readings_;
  return judged_;
}

void GrowthCourse::judge_anew() {
  const std::vector<CoursePoint> points = after_warm_up();
  judged_ = {};
  if (points.size() < kFewestPoints) return;

  const auto half = points.begin() + static_cast<std::ptrdiff_t>(points.size() / 2);
  const std::vector<CoursePoint> late(half, points.end());
  PairSlopes all_slopes(points);
  PairSlopes early_slopes({points.begin(), half});
  PairSlopes late_slopes(late);
  const Estimate early_slope = early_slopes.theil_sen(kComparingDeviate);
  const Estimate late_slope = late_slopes.theil_sen();
  const bool slows_down = late_slope.mean < kFillingShare * early_slope.mean &&
                          late_slopes.theil_sen(kComparingDeviate).high < early_slope.low;
  const bool seems_to_slow_down = late_slope.mean < kHalf * early_slope.mean;

  judged_.slope = all_slopes.theil_sen();
  if (early_slope.mean > 0) judged_.late_share = late_slope.mean / early_slope.mean;
  if (!grows(all_slopes)) {
    judged_.verdict = flat_or_undecided(*judged_.slope, points);
  } else if (!slows_down && !seems_to_slow_down) {
    judged_.verdict = ProcessVerdict::kLeaking;
  } else {
    // What the early part added is not what it adds now.
    judged_.slope = late_slope;
    judged_.verdict =
        grows(late_slopes) ? ProcessVerdict::kFilling : flat_or_undecided(late_slope, late);
  }
}

}  // namespace memory_tracker
