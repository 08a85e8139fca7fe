#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "support/sanitizer.hpp"
#include "support/tracker_fixture.hpp"

namespace memory_tracker {
namespace {

using nlohmann::json;
using testing::TrackerTest;

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

}  // namespace
}  // namespace memory_tracker
