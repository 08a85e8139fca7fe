#include <gtest/gtest.h>

#include "support/sanitizer.hpp"
#include "support/tracker_fixture.hpp"

namespace memory_tracker {
namespace {

using testing::TrackerTest;

TEST_F(TrackerTest, OverlapIsToldToBoth) {
  const FlightToken first = start();
  const FlightToken second = start(2);
  finish(first);
  finish(second);
  const FlightToken third = start();
  finish(third);
  const auto lines = requests();
  EXPECT_EQ(lines[0]["scope"], "shared");
  EXPECT_EQ(lines[1]["scope"], "shared");
  EXPECT_EQ(lines[1]["overlap"], 1);
  EXPECT_EQ(lines[1]["in_flight"], 2);
  EXPECT_EQ(lines[2]["scope"], "exclusive");
}

TEST_F(TrackerTest, WhatItTouchedIsOnlyToldOfARequestThatHadItsThreadToItself) {
  finish(start());
  const FlightToken first = start(1);
  const FlightToken second = start(2);
  finish(first);
  const FlightToken third = start(2);
  finish(second);
  finish(third);
  finish(start(3));
  const auto lines = requests();
  EXPECT_TRUE(lines[0].contains("touched"));
  for (size_t index = 1; index < 4; ++index) {
    EXPECT_FALSE(lines[index].contains("touched")) << index;
    EXPECT_FALSE(lines[index].contains("attributed_growth")) << index;
  }
  EXPECT_TRUE(lines[4].contains("touched"));
}

TEST_F(TrackerTest, ARequestWithinARequestLeavesBothTheirThread) {
  SKIP_UNDER_SANITIZER();
  const FlightToken outer = start();
  keep(3);
  const FlightToken inner = start();
  keep(5);
  finish(inner);
  finish(outer);
  const auto lines = requests();
  EXPECT_NEAR(lines[0]["touched"].get<double>(), 5.0, 0.5);
  EXPECT_GT(lines[1]["touched"].get<double>(), 7.5);
  EXPECT_EQ(lines[0]["scope"], "exclusive");
  EXPECT_EQ(lines[1]["scope"], "exclusive");
}

}  // namespace
}  // namespace memory_tracker
