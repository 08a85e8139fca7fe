#include "core/output/recovery.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/record/flight_recorder.hpp"
#include "support/memory_sink.hpp"
#include "support/sample_record.hpp"
#include "support/temporary_folder.hpp"

namespace memory_tracker {
namespace {

using nlohmann::json;
using testing::sample_record;

constexpr uint32_t kQueue = 8;

class RecoveryTest : public ::testing::Test {
 protected:
  // A process that makes a recorder, does `work` with it and is killed.
  pid_t die_after(const std::function<void(FlightRecorder&)>& work) {
    const pid_t child = fork();
    if (child == 0) {
      FlightRecorder recorder(
          RecorderMemory::in_folder(folder_.path(), "app", FlightRecorder::bytes_for(kQueue)),
          kQueue, {"count", "heap_live_slots"});
      work(recorder);
      raise(SIGKILL);
    }
    waitpid(child, nullptr, 0);
    return child;
  }
  std::vector<json> recover(const std::string& key = "app") {
    testing::SinkContents contents;
    testing::MemorySink sink(contents);
    Recovery recovery(folder_.path(), key, complaints_);
    recovery.find();
    EXPECT_TRUE(recovery.write(sink, LineContext{}));
    std::vector<json> lines;
    std::istringstream text(contents.text());
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }
  std::string own_folder() const {
    return folder_ / ("memory_tracker-" + std::to_string(geteuid()));
  }
  std::string only_file() const {
    return std::filesystem::directory_iterator(own_folder())->path().string();
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(own_folder())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  testing::TemporaryFolder folder_;
  Complaints complaints_;
};

void leave_two_finished_and_one_in_flight(FlightRecorder& recorder) {
  RequestRecord record = sample_record();
  for (int index = 0; index < 3; ++index) recorder.ring().append(record);
  recorder.ring().consume(1);  // the first one is in the log already
  FlightToken token = kNoFlight;
  Flight* flight = recorder.flights().claim(token);
  flight->record() = sample_record();
  flight->record().texts.set(Text::kUrl, "/exports/5");
  flight->slot->stamp.store(flight->generation);
  recorder.header().last_seen_monotonic_ns =
      flight->record().before.process.monotonic_ns + 42'000'000'000;
}

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

TEST_F(RecoveryTest, ASinkThatFailsLosesNothing) {
  die_after(leave_two_finished_and_one_in_flight);
  {
    testing::SinkContents contents;
    contents.error = ENOSPC;
    testing::MemorySink sink(contents);
    Recovery recovery(folder_.path(), "app", complaints_);
    recovery.find();
    EXPECT_FALSE(recovery.write(sink, LineContext{}));
  }
  EXPECT_EQ(recover().size(), 3U);
}

TEST_F(RecoveryTest, AnotherReleasesRecorderIsSetAside) {
  die_after([](FlightRecorder& recorder) { recorder.header().version = kRecorderVersion + 1; });
  EXPECT_TRUE(recover().empty());
  EXPECT_EQ(complaints_.standing().size(), 1U);
  ASSERT_EQ(files().size(), 1U);
  EXPECT_NE(files()[0].find(".unreadable"), std::string::npos);
}

TEST_F(RecoveryTest, DamagedFilesCrashNobody) {
  die_after(leave_two_finished_and_one_in_flight);
  const std::string path = only_file();
  const std::string whole = testing::read_file(path);
  for (const size_t from : {size_t{8}, size_t{48}, size_t{4096}, size_t{4104}, size_t{9000}}) {
    std::string damaged = whole;
    for (size_t index = from; index < damaged.size(); ++index) damaged[index] = '\xFF';
    std::filesystem::remove_all(own_folder());
    std::filesystem::create_directory(own_folder());
    std::filesystem::permissions(own_folder(), std::filesystem::perms::owner_all);
    std::ofstream(path, std::ios::binary) << damaged;
    recover();
  }
  std::ofstream(path, std::ios::binary) << whole.substr(0, 5000);
  EXPECT_TRUE(recover().empty());
}

TEST_F(RecoveryTest, ALinkIsNotFollowed) {
  die_after(leave_two_finished_and_one_in_flight);
  const std::string path = only_file();
  std::filesystem::rename(path, folder_ / "elsewhere");
  std::filesystem::create_symlink(folder_ / "elsewhere", path);
  EXPECT_TRUE(recover().empty());
  std::filesystem::remove(path);
  std::filesystem::create_hard_link(folder_ / "elsewhere", path);
  EXPECT_TRUE(recover().empty());
}

}  // namespace
}  // namespace memory_tracker
