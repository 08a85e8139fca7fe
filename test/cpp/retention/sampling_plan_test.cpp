#include "core/retention/sampling_plan.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace memory_tracker {
namespace {

using Mode = RetentionOptions::Mode;
using Urgency = SamplingPlan::Urgency;

constexpr int64_t kSecond = 1'000'000'000;

RetentionOptions options_of(Mode mode, double rate = 0) {
  RetentionOptions options;
  options.mode = mode;
  options.rate = rate;
  return options;
}

TEST(SamplingPlanTest, ARateIsKeptByChanceNotByCounting) {
  SamplingPlan plan(options_of(Mode::kRate, 0.05), 12345);
  double sum = 0;
  bool varies = false;
  int64_t before = 0;
  constexpr int kDraws = 20'000;
  for (int draw = 0; draw < kDraws; ++draw) {
    const int64_t distance = plan.next_candidate();
    ASSERT_GE(distance, 1);
    varies = varies || (draw > 0 && distance != before);
    before = distance;
    sum += static_cast<double>(distance);
  }
  EXPECT_NEAR(sum / kDraws, 20, 0.6);
  EXPECT_TRUE(varies) << "each twentieth would always meet the same endpoint of a regular pattern";
}

TEST(SamplingPlanTest, ARateOfOneIsEveryRequest) {
  SamplingPlan plan(options_of(Mode::kRate, 1), 1);
  SamplingPlan::Seat seat;
  for (int request = 0; request < 100; ++request) {
    EXPECT_EQ(plan.next_candidate(), 1);
    EXPECT_TRUE(plan.take(seat, 1, false, request));
  }
}

TEST(SamplingPlanTest, OffIsOff) {
  SamplingPlan plan(options_of(Mode::kOff), 1);
  SamplingPlan::Seat seat;
  EXPECT_GT(plan.next_candidate(), int64_t{1} << 60);
  EXPECT_FALSE(plan.take(seat, 1, false, 3600 * kSecond));
}

struct Course {
  std::array<uint64_t, 4> samples{};
  double spent_share = 0;
};

// Endpoints with 90, 8, 1.5 and 0.5 % of 400 requests a second; a sample costs half a millisecond.
Course run(Urgency urgency, int seconds, std::array<double, 4> weights = {1, 1, 1, 1}) {
  SamplingPlan plan(options_of(Mode::kBudget), 7);
  plan.set_urgency(urgency);
  std::mt19937_64 random(11);
  std::discrete_distribution<size_t> mix{90, 8, 1.5, 0.5};
  std::array<SamplingPlan::Seat, 4> seats;
  Course course;
  int64_t countdown = plan.next_candidate();
  int64_t spent = 0;
  const int64_t end = seconds * kSecond;
  for (int64_t now = 0; now < end; now += kSecond / 400) {
    const size_t endpoint = mix(random);
    if (--countdown > 0) continue;
    countdown = plan.next_candidate();
    if (!plan.take(seats[endpoint], weights[endpoint], false, now + 7)) continue;
    ++course.samples[endpoint];
    plan.note_cost(500'000);
    spent += 500'000;
    EXPECT_LE(static_cast<double>(spent), 0.002 * static_cast<double>(now + 7) + 500'000)
        << "at any time, but for the sample that goes over";
  }
  course.spent_share = static_cast<double>(spent) / static_cast<double>(end);
  return course;
}

TEST(SamplingPlanTest, TheBudgetHoldsAndIsUsedWhenItIsUrgent) {
  const double urgent = run(Urgency::kUrgent, 300).spent_share;
  const double quiet = run(Urgency::kQuiet, 300).spent_share;
  EXPECT_LE(urgent, 0.002);
  EXPECT_GT(urgent, 0.0017);
  EXPECT_LE(quiet, 0.0005) << "and falls back afterwards";
}

TEST(SamplingPlanTest, EndpointsAreSampledEvenlyNotRequests) {
  const Course course = run(Urgency::kUrgent, 300);
  EXPECT_GT(course.samples[2], course.samples[0] * 6 / 10) << "1.5 % against 90 % of the traffic";
  EXPECT_GT(course.samples[3], 200U) << "0.5 % of the traffic are 600 requests";
}

TEST(SamplingPlanTest, SettledEndpointsGiveTheirSamplesToTheOthers) {
  const Course course = run(Urgency::kUrgent, 300, {8, 1, 1, 1});
  EXPECT_LT(course.samples[0] * 4, course.samples[1]);
}

TEST(SamplingPlanTest, AQuietNightEarnsNoMoreThanAMinute) {
  SamplingPlan plan(options_of(Mode::kBudget), 0);
  plan.set_urgency(Urgency::kUrgent);
  SamplingPlan::Seat seat;
  int taken = 0;
  const int64_t morning = 8 * 3600 * kSecond;
  while (plan.take(seat, 1, false, morning) && taken < 10'000) {
    ++taken;
    plan.note_cost(1'000'000);
  }
  EXPECT_LE(taken, 120) << "0.2 % of a minute at a millisecond each";
}

}  // namespace
}  // namespace memory_tracker
