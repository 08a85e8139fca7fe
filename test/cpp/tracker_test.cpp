#include "core/tracker.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/process/thread_number.hpp"
#include "core/this_process.hpp"
#include "support/sanitizer.hpp"
#include "support/temporary_folder.hpp"

namespace memory_tracker {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr size_t kMegabyte = 1'048'576;
constexpr uint64_t kFiber = 1;

class TrackerTest : public ::testing::Test {
 protected:
  ~TrackerTest() override {
    if (Session* session = tracker_.take_session()) session->close(5s);
    for (const auto& [data, bytes] : kept_) munmap(data, bytes);
  }

  Options options() const {
    Options options;
    options.sink = SinkKind::kFile;
    options.log_path = log_;
    options.application_key = "test";
    options.recorder_folder = folder_.path();
    return options;
  }

  ThreadReading reading() {
    ThreadReading reading;
    reading.account = &account_;
    reading.interleavings = account_.interleavings;
    reading.native_thread = thread_number(ThisProcess::instance().generation());
    return reading;
  }
  FlightToken start(uint64_t fiber = kFiber) {
    FlightToken token = kNoFlight;
    Flight* flight = tracker_.start(token, Event::kRequest, fiber, reading());
    EXPECT_NE(flight, nullptr);
    std::memset(static_cast<void*>(&flight->record().before.ruby), 0, sizeof(RubyCounters));
    tracker_.announce(*flight);
    return token;
  }
  bool finish(FlightToken token) {
    Flight* flight = tracker_.find(token);
    if (flight == nullptr) return false;
    std::memset(static_cast<void*>(&flight->record().after.ruby), 0, sizeof(RubyCounters));
    return tracker_.finish(token, *flight, reading(), nullptr);
  }
  void keep(size_t megabytes) {
    const size_t bytes = megabytes * kMegabyte;
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(data, bytes, MADV_NOHUGEPAGE);
    std::memset(data, 1, bytes);
    kept_.emplace_back(data, bytes);
  }
  std::vector<json> requests() {
    EXPECT_TRUE(tracker_.open_session()->flush(5s));
    std::vector<json> found;
    std::istringstream text(testing::read_file(log_));
    for (std::string line; std::getline(text, line);) {
      json parsed = json::parse(line);
      if (parsed["event"] == "request") found.push_back(std::move(parsed));
    }
    return found;
  }

  ThreadAccount account_;
  testing::TemporaryFolder folder_;
  std::string log_ = folder_ / "app.log";
  Tracker tracker_{options()};
  std::vector<std::pair<void*, size_t>> kept_;
};

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

// What happens between two requests, however close they are, is part of neither.
class BetweenRequestsTest : public TrackerTest {
 protected:
  // By how many MB the process had changed between the two, and by how many within the second.
  template <typename Work>
  std::pair<double, double> changed_by(Work work) {
    finish(start());
    finish(start());
    work();
    finish(start());
    const auto lines = requests();
    const json& first = lines[lines.size() - 2];
    const json& second = lines.back();
    return {second["memory_before"].get<double>() - first["memory_after"].get<double>(),
            second["memory_growth"].get<double>()};
  }
};

TEST_F(BetweenRequestsTest, WhatTheThreadTouchedThere) {
  SKIP_UNDER_SANITIZER();
  constexpr int kTurns = 400;
  constexpr size_t kPagesBytes = 2 * 4096;  // touched faster than a reading grows old
  char* fresh = static_cast<char*>(mmap(nullptr, kTurns * kPagesBytes, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  kept_.emplace_back(fresh, kTurns * kPagesBytes);
  madvise(fresh, kTurns * kPagesBytes, MADV_NOHUGEPAGE);
  for (int turn = 0; turn < kTurns; ++turn) {
    finish(start());
    std::memset(fresh + turn * kPagesBytes, 1, kPagesBytes);
  }
  finish(start());
  const auto lines = requests();
  double within = 0;
  for (const json& line : lines) within += line["memory_growth"].get<double>();
  const double all =
      lines.back()["memory_after"].get<double>() - lines.front()["memory_before"].get<double>();
  EXPECT_GT(all, 3.0);
  EXPECT_LT(within, 0.3 * all) << "the recorder's own pages, touched for the first time";
}

TEST_F(BetweenRequestsTest, WhatTheThreadGaveBackThere) {
  SKIP_UNDER_SANITIZER();
  for (int turn = 0; turn < 20; ++turn) {
    keep(10);
    const auto [between, within] = changed_by([this] {
      munmap(kept_.back().first, kept_.back().second);
      kept_.pop_back();
    });
    EXPECT_NEAR(between + within, -10.0, 0.5);
    EXPECT_NEAR(within, 0.0, 2.0) << "what can be given back within 20 us";
  }
}

TEST_F(BetweenRequestsTest, WhatAnotherThreadTouchedThere) {
  SKIP_UNDER_SANITIZER();
  const auto [between, within] = changed_by([this] { std::thread([this] { keep(20); }).join(); });
  EXPECT_NEAR(between, 20.0, 1.0);
  EXPECT_NEAR(within, 0.0, 0.5);
}

// Calls of read and its like that this thread has made; nothing where the kernel does not count.
std::optional<int> reads_of_this_thread() {
  std::istringstream text(testing::read_file("/proc/thread-self/io"));
  for (std::string word; text >> word;) {
    int count = 0;
    if (word == "syscr:" && text >> count) return count;
  }
  return std::nullopt;
}

TEST_F(TrackerTest, ARequestOnTheHeelsOfAnotherTakesItsReading) {
  SKIP_UNDER_SANITIZER();
  if (!reads_of_this_thread()) GTEST_SKIP() << "this kernel does not count reads";
  finish(start());
  const auto reads_of = [this](int requests) {
    const int before = *reads_of_this_thread();
    for (int index = 0; index < requests; ++index) finish(start());
    return *reads_of_this_thread() - before;
  };
  // The thread may lose its processor between any two of them, but not each time.
  int fewest = 8;
  for (int turn = 0; turn < 1000 && fewest > 5; ++turn) {
    fewest = std::min(fewest, reads_of(4) - reads_of(0));
  }
  EXPECT_EQ(fewest, 5) << "one before the first and one behind each";
}

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

TEST_F(TrackerTest, AForkedChildHasItsOwnRecorderAndTheParentsRequestEndsThereAsNothing) {
  SKIP_UNDER_THREAD_SANITIZER();
  const FlightToken parents = start();
  const std::string parents_recorder = tracker_.stats().recorder_path;
  const pid_t child = fork();
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
  const pid_t child = fork();
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
