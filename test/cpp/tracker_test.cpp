#include "core/tracker.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "core/this_process.hpp"
#include "support/sanitizer.hpp"
#include "support/tracker_fixture.hpp"

namespace memory_tracker {
namespace {

using namespace std::chrono_literals;
using testing::TrackerTest;

TEST_F(TrackerTest, SaysByHowMuchARequestGrewTheProcess) {
  SKIP_UNDER_SANITIZER();
  finish(start());  // opens the session
  const FlightToken token = start();
  keep(50);
  finish(token);
  EXPECT_NEAR(requests().back()["memory_growth"].get<double>(), 50.0, 0.5);
}

TEST_F(TrackerTest, WarnsAboveTheThresholdOnly) {
  SKIP_UNDER_SANITIZER();
  FlightToken token = start();
  keep(9);
  EXPECT_FALSE(finish(token));
  token = start();
  keep(11);
  EXPECT_TRUE(finish(token));
}

TEST_F(TrackerTest, FinishingTwiceIsFinishingOnce) {
  const FlightToken token = start();
  finish(token);
  finish(token);
  EXPECT_EQ(requests().size(), 1U);
  EXPECT_EQ(ThisProcess::instance().in_flight(), 0U);
}

TEST_F(TrackerTest, FindsAForgottenRequestOfTheSameFiber) {
  const FlightToken token = start();
  tracker_.mark_answered(token, *tracker_.find(token));
  EXPECT_EQ(tracker_.unclosed_before(2), kNoFlight) << "another fiber's";
  EXPECT_EQ(tracker_.unclosed_before(kFiber), token);
  finish(token);
  EXPECT_EQ(tracker_.unclosed_before(kFiber), kNoFlight);
}

TEST_F(TrackerTest, SamplesInfoLinesAndCountsTheOthers) {
  Options half = options();
  half.sample_rate = 0.5;
  Tracker sampled(half);
  for (int index = 0; index < 1000; ++index) {
    FlightToken token = kNoFlight;
    Flight* flight = sampled.start(token, Event::kRequest, kFiber, reading());
    ASSERT_NE(flight, nullptr);
    sampled.finish(token, *flight, reading(), nullptr);
    if (index % 500 == 0) {
      ASSERT_TRUE(sampled.open_session()->flush(5s));
    }
  }
  ASSERT_TRUE(sampled.open_session()->flush(5s));
  const TrackerStats stats = sampled.stats();
  EXPECT_EQ(stats.requests, 1000U);
  EXPECT_NEAR(static_cast<double>(stats.sampled_out), 500, 100);
  sampled.take_session()->close(5s);
}

TEST_F(TrackerTest, AnOrderlyEndRemovesTheRecorder) {
  finish(start());
  const std::string path = tracker_.stats().recorder_path;
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
  EXPECT_TRUE(tracker_.take_session()->close(5s));
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  FlightToken token = kNoFlight;
  EXPECT_EQ(tracker_.start(token, Event::kRequest, kFiber, reading()), nullptr)
      << "a stopped tracker tracks nothing";
}

TEST_F(TrackerTest, ARefusedRecorderFolderCostsTheBlackBoxOnly) {
  Options refused = options();
  refused.recorder_folder = log_ + "/not/a/folder";
  finish(start());
  ASSERT_TRUE(tracker_.open_session()->flush(5s));
  Tracker other(refused);
  FlightToken token = kNoFlight;
  ASSERT_NE(other.start(token, Event::kRequest, kFiber, reading()), nullptr);
  EXPECT_EQ(other.stats().recorder_path, "");
  EXPECT_EQ(other.stats().degraded.size(), 1U);
  other.take_session()->close(5s);
}

TEST_F(TrackerTest, TheTwoWaysToReadTheResidentSetAgree) {
  ASSERT_TRUE(tracker_.stats().resident_check);
  EXPECT_TRUE(tracker_.stats().resident_check->agrees);
}

}  // namespace
}  // namespace memory_tracker
