#include "core/retention/growth_course.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace memory_tracker {
namespace {

// A major GC every 500 requests, old objects by a function of the requests, and noise.
GrowthCourse course_of(int major_gcs, uint64_t seed, const std::function<double(double)>& grown) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, 300);
  GrowthCourse course;
  for (int gc = 1; gc <= major_gcs; ++gc) {
    const double requests = gc * 500.0;
    course.note(static_cast<uint64_t>(requests),
                static_cast<uint64_t>(300'000 + grown(requests) + noise(random)));
  }
  return course;
}

double booting(double requests) { return 80'000 * (1 - std::exp(-requests / 2000)); }

class GrowthCourseLeak : public ::testing::TestWithParam<double> {};

TEST_P(GrowthCourseLeak, ASteadyLeakIsFoundAtItsRate) {
  const double leak = GetParam();
  int leaking = 0;
  int within = 0;
  constexpr int kSeeds = 40;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const ProcessRetention process = course_of(120, seed, [=](double requests) {
                                       return booting(requests) + leak * requests;
                                     }).judge();
    ASSERT_TRUE(process.slope);
    EXPECT_NEAR(process.slope->mean, leak, 0.05) << seed;
    if (process.verdict == ProcessVerdict::kLeaking) ++leaking;
    if (process.slope->low <= leak && leak <= process.slope->high) ++within;
  }
  EXPECT_GE(leaking, kSeeds * 95 / 100);
  EXPECT_GE(within, kSeeds * 85 / 100);
}

INSTANTIATE_TEST_SUITE_P(ObjectsARequest, GrowthCourseLeak, ::testing::Values(0.2, 0.5, 2.0));

TEST(GrowthCourseTest, WarmUpAfterBootIsNotBlamed) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    for (const int major_gcs : {40, 80, 200}) {
      const ProcessRetention process = course_of(major_gcs, seed, booting).judge();
      EXPECT_NE(process.verdict, ProcessVerdict::kLeaking) << seed << " " << major_gcs;
    }
    EXPECT_EQ(course_of(200, seed, booting).judge().verdict, ProcessVerdict::kPlateau) << seed;
  }
}

TEST(GrowthCourseTest, ACacheThatFillsSlowsDown) {
  const auto filling = [](double requests) { return 60'000 * (1 - std::exp(-requests / 15'000)); };
  const ProcessRetention process = course_of(70, 1, filling).judge();
  EXPECT_EQ(process.verdict, ProcessVerdict::kFilling);
  ASSERT_TRUE(process.slope);
  EXPECT_LT(process.slope->mean, 1.5) << "of the later part: it began at 4";
}

TEST(GrowthCourseTest, SaysNothingWhileWarmingUp) {
  const auto leak = [](double requests) { return 5 * requests; };
  const ProcessRetention process = course_of(5, 1, leak).judge();
  EXPECT_EQ(process.verdict, ProcessVerdict::kWarmingUp);
  EXPECT_FALSE(process.slope);
  EXPECT_EQ(process.major_gcs, 5U);
  EXPECT_EQ(GrowthCourse().judge().verdict, ProcessVerdict::kWarmingUp);
}

TEST(GrowthCourseTest, MonthsOfMajorGcsStillGiveTheRate) {
  const ProcessRetention process =
      course_of(20'000, 1, [](double requests) { return 0.02 * requests; }).judge();
  EXPECT_EQ(process.verdict, ProcessVerdict::kLeaking);
  EXPECT_NEAR(process.slope->mean, 0.02, 0.0001);
  EXPECT_EQ(process.major_gcs, 20'000U);
}

TEST(GrowthCourseTest, ALeakThatWasMendedIsNoLeak) {
  const auto mended = [](double requests) { return std::min(requests, 20'000.0); };
  EXPECT_NE(course_of(120, 1, mended).judge().verdict, ProcessVerdict::kLeaking);
}

}  // namespace
}  // namespace memory_tracker
