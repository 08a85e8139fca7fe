#include "core/retention/theil_sen.hpp"

#include <gtest/gtest.h>

#include <random>

namespace memory_tracker {
namespace {

TEST(TheilSenTest, OutliersDoNotMoveIt) {
  std::vector<CoursePoint> points;
  for (int x = 0; x < 30; ++x) points.push_back({x * 100.0, 1000 + x * 20.0});
  points[4].y = 1e9;
  points[20].y = -1e9;
  const Estimate slope = PairSlopes(points).theil_sen();
  EXPECT_DOUBLE_EQ(slope.mean, 0.2);
  EXPECT_DOUBLE_EQ(slope.low, 0.2);
  EXPECT_DOUBLE_EQ(slope.high, 0.2);
}

TEST(TheilSenTest, TheTrueSlopeIsInNineteenOfTwentyIntervals) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(0, 500);
  int within = 0;
  constexpr int kRuns = 500;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<CoursePoint> points;
    for (int x = 0; x < 40; ++x) points.push_back({x * 600.0, x * 120.0 + noise(random)});
    const Estimate slope = PairSlopes(points).theil_sen();
    if (slope.low <= 0.2 && 0.2 <= slope.high) ++within;
  }
  EXPECT_GE(within, kRuns * 92 / 100);
  EXPECT_LE(within, kRuns * 98 / 100);
}

TEST(TheilSenTest, TooFewPointsHaveNoSlope) {
  EXPECT_EQ(PairSlopes({}).theil_sen().mean, 0);
  EXPECT_EQ(PairSlopes({{0, 0}, {1, 5}}).theil_sen().mean, 0);
  EXPECT_EQ(PairSlopes({{1, 0}, {1, 5}, {1, 9}}).theil_sen().mean, 0) << "all at one place";
}

}  // namespace
}  // namespace memory_tracker
