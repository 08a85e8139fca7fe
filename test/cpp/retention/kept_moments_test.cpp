#include "core/retention/kept_moments.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace memory_tracker {
namespace {

// A request keeps `kept` of the `allocated` objects with a probability; 200 of them are followed.
struct Truth {
  const char* what;
  uint32_t allocated;
  uint32_t kept;
  double probability;

  double mean() const { return kept * probability; }
};

// GoogleTest would name the test by the bytes, a pointer among them.
void PrintTo(const Truth& truth, std::ostream* out) { *out << truth.what; }

double sampled_estimate(const Truth& truth, std::mt19937_64& random) {
  const bool keeps = std::bernoulli_distribution(truth.probability)(random);
  const uint32_t kept = keeps ? truth.kept : 0;
  const uint32_t followed = std::min<uint32_t>(200, truth.allocated);
  uint32_t seen = 0;
  for (uint32_t drawn = 0; drawn < followed; ++drawn) {
    std::uniform_int_distribution<uint32_t> any(0, truth.allocated - 1 - drawn);
    if (any(random) < kept - seen) ++seen;
  }
  return static_cast<double>(seen) * truth.allocated / followed;
}

class KeptMomentsCoverage : public ::testing::TestWithParam<Truth> {};

TEST_P(KeptMomentsCoverage, TheTruthIsInNinetyToNinetyNineOfAHundredIntervals) {
  const Truth truth = GetParam();
  std::mt19937_64 random(20261121);
  for (const int samples : {40, 150, 400}) {
    constexpr int kRuns = 400;
    int within = 0;
    for (int run = 0; run < kRuns; ++run) {
      KeptMoments moments;
      for (int sample = 0; sample < samples; ++sample) moments.add(sampled_estimate(truth, random));
      const Estimate estimate = estimate_mean(moments, std::max(1.0, truth.allocated / 200.0));
      if (estimate.low <= truth.mean() && truth.mean() <= estimate.high) ++within;
    }
    EXPECT_GE(within, kRuns * 90 / 100) << truth.what << ", " << samples << " samples";
    EXPECT_LE(within, kRuns * 995 / 1000) << truth.what << ", " << samples << " samples";
  }
}

INSTANTIATE_TEST_SUITE_P(Truths, KeptMomentsCoverage,
                         ::testing::Values(Truth{"5 of 2,000", 2000, 5, 1},
                                           Truth{"5 of 10,000", 10'000, 5, 1},
                                           Truth{"1 of 2,000", 2000, 1, 1},
                                           Truth{"20 in one request of ten", 2000, 20, 0.1},
                                           Truth{"1 in three requests of ten", 100, 1, 0.3}));

TEST(KeptMomentsTest, EqualFiguresHaveANarrowIntervalAroundThem) {
  KeptMoments moments;
  for (int sample = 0; sample < 400; ++sample) moments.add(5);
  const Estimate estimate = estimate_mean(moments, 1);
  EXPECT_DOUBLE_EQ(estimate.mean, 5);
  EXPECT_LE(estimate.low, 5);
  EXPECT_GE(estimate.high, 5);
  EXPECT_LT(estimate.high - estimate.low, 0.1);
}

TEST(KeptMomentsTest, WhatNobodySawMayStillBe) {
  KeptMoments moments;
  for (int sample = 0; sample < 100; ++sample) moments.add(0);
  const Estimate estimate = estimate_mean(moments, 10);
  EXPECT_EQ(estimate.mean, 0);
  EXPECT_EQ(estimate.low, 0);
  // The exact upper limit of Poisson for no event is 3.689, here of events of ten objects.
  EXPECT_NEAR(estimate.high, 0.3689, 0.01);
}

TEST(KeptMomentsTest, NoRequestsSayNothing) {
  const Estimate estimate = estimate_mean({}, 10);
  EXPECT_EQ(estimate.mean, 0);
  EXPECT_EQ(estimate.high, 0);
}

}  // namespace
}  // namespace memory_tracker
