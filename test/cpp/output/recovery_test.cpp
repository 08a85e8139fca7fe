#include "core/output/recovery.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/recovery_fixture.hpp"

namespace memory_tracker {
namespace {

using nlohmann::json;
using testing::RecoveryTest;

TEST_F(RecoveryTest, WritesWhatADeadProcessHadFinishedAndNamesWhatWasInFlight) {
  const pid_t dead = die_after(leave_two_finished_and_one_in_flight);
  const auto lines = recover();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["seq"], 2);
  EXPECT_EQ(lines[1]["seq"], 3);
  EXPECT_EQ(lines[1]["pid"], dead);
  EXPECT_EQ(lines[1]["gc_stats_after"]["heap_live_slots"], 22);
  const json& died = lines[2];
  EXPECT_EQ(died["event"], "worker_died");
  EXPECT_EQ(died["pid"], dead);
  ASSERT_EQ(died["in_flight"].size(), 1U);
  EXPECT_EQ(died["in_flight"][0]["url"], "/exports/5");
  EXPECT_EQ(died["in_flight"][0]["route"], "/exports/{id}");
  EXPECT_EQ(died["in_flight"][0]["age"], 42.0);
  EXPECT_EQ(died["in_flight"][0]["memory_before"], 100.0);
}

TEST_F(RecoveryTest, TellsItOnce) {
  die_after(leave_two_finished_and_one_in_flight);
  EXPECT_EQ(recover().size(), 3U);
  EXPECT_TRUE(recover().empty());
  EXPECT_TRUE(files().empty());
}

TEST_F(RecoveryTest, OfSeveralThatLookAtOnceOneFindsIt) {
  for (int index = 0; index < 5; ++index) die_after(leave_two_finished_and_one_in_flight);
  std::vector<pid_t> starters;
  const std::string log = folder_ / "log";
  for (int index = 0; index < 6; ++index) {
    const pid_t child = fork();
    if (child == 0) {
      for (const json& line : recover()) std::ofstream(log, std::ios::app) << line.dump() + "\n";
      _exit(0);
    }
    starters.push_back(child);
  }
  for (const pid_t child : starters) waitpid(child, nullptr, 0);
  std::istringstream text(testing::read_file(log));
  int died = 0;
  for (std::string line; std::getline(text, line);) {
    died += json::parse(line)["event"] == "worker_died" ? 1 : 0;
  }
  EXPECT_EQ(died, 5);
}

TEST_F(RecoveryTest, LeavesTheLivingAlone) {
  FlightRecorder own(
      RecorderMemory::in_folder(folder_.path(), "app", FlightRecorder::bytes_for(kQueue)), kQueue,
      {});
  EXPECT_TRUE(recover().empty());
  const pid_t other = fork();
  if (other == 0) {
    Recovery recovery(folder_.path(), "app", complaints_);
    recovery.find();
    testing::SinkContents contents;
    testing::MemorySink sink(contents);
    recovery.write(sink, LineContext{});
    _exit(contents.text().empty() ? 0 : 1);
  }
  int status = 0;
  waitpid(other, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "this process's lock was lost when it looked itself";
}

TEST_F(RecoveryTest, LeavesOtherApplicationsAlone) {
  die_after(leave_two_finished_and_one_in_flight);
  EXPECT_TRUE(recover("other").empty());
  EXPECT_EQ(recover("").size(), 3U) << "but for who asks for all";
}

}  // namespace
}  // namespace memory_tracker
