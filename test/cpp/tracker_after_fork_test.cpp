#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "support/sanitizer.hpp"
#include "support/tracker_fixture.hpp"

namespace memory_tracker {
namespace {

using namespace std::chrono_literals;
using testing::kAllocatorSurvivesFork;
using testing::TrackerTest;

// Beside a writer that is at work, where the allocator allows it; else beside one that sleeps.
pid_t fork_beside_writer(Tracker& tracker) {
  // Told at the end of its first turn.
  while (!kAllocatorSurvivesFork && tracker.stats().writer_cpu_ns == 0) {
    std::this_thread::sleep_for(1ms);
  }
  return fork();
}

TEST_F(TrackerTest, AForkedChildHasItsOwnRecorderAndTheParentsRequestEndsThereAsNothing) {
  SKIP_UNDER_THREAD_SANITIZER();
  const FlightToken parents = start();
  const std::string parents_recorder = tracker_.stats().recorder_path;
  const pid_t child = fork_beside_writer(tracker_);
  if (child == 0) {
    bool right = tracker_.find(parents) == nullptr && tracker_.stats().requests == 0;
    const FlightToken own = start();
    finish(own);
    right = right && tracker_.open_session()->flush(5s);
    right = right && tracker_.stats().recorder_path != parents_recorder;
    right = right && tracker_.stats().in_flight == 0;
    tracker_.take_session()->close(5s);
    _exit(right ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  finish(parents);
  const auto lines = requests();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["pid"], child);
  EXPECT_EQ(lines[1]["pid"], getpid());
}

TEST_F(TrackerTest, AForkedChildStudiesRetentionAnew) {
  SKIP_UNDER_THREAD_SANITIZER();
  finish(start());
  EXPECT_EQ(tracker_.open_session()->study(), nullptr) << "not asked for";
  Options with_retention = options();
  with_retention.retention.mode = RetentionOptions::Mode::kRate;
  with_retention.retention.rate = 1;
  Tracker studied(with_retention);
  const auto sample = [&] {
    FlightToken token = kNoFlight;
    Flight* flight = studied.start(token, Event::kRequest, kFiber, reading());
    studied.finish(token, *flight, reading(), nullptr);
    RetentionStudy* study = studied.open_session()->study();
    study->follow({"orders#show", 1, 1, 0, 100, 100});
    return study->figures().samples;
  };
  EXPECT_EQ(sample(), 1U);
  EXPECT_EQ(sample(), 2U);
  const pid_t child = fork_beside_writer(studied);
  if (child == 0) {
    const bool anew = sample() == 1;
    studied.take_session()->close(5s);
    _exit(anew ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(sample(), 3U);
  studied.take_session()->close(5s);
}

}  // namespace
}  // namespace memory_tracker
