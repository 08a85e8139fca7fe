#include "core/output/recovery.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/output/writer.hpp"
#include "core/record/flight_recorder.hpp"
#include "core/record/unreadable_recorders.hpp"
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
  pid_t die_after(const std::function<void(FlightRecorder&)>& work, uint32_t queue = kQueue,
                  const std::string& key = "app") {
    const pid_t child = fork();
    if (child == 0) {
      FlightRecorder recorder(
          RecorderMemory::in_folder(folder_.path(), key, FlightRecorder::bytes_for(queue)), queue,
          {"count", "heap_live_slots"});
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
    EXPECT_EQ(recovery.write(sink, LineContext{}), 0);
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

StampedRecord* first_place(FlightRecorder& recorder) {
  auto* memory = reinterpret_cast<char*>(&recorder.header());
  return reinterpret_cast<StampedRecord*>(memory + kRecorderHeaderBytes) +
         recorder.header().slot_count;
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
    EXPECT_EQ(recovery.write(sink, LineContext{}), ENOSPC);
  }
  EXPECT_EQ(recover().size(), 3U);
}

TEST_F(RecoveryTest, WhoGoesOnAfterAFullDiskRepeatsNothing) {
  die_after([](FlightRecorder& recorder) {
    RequestRecord record = sample_record();
    for (int index = 0; index < 4; ++index) recorder.ring().append(record);
    first_place(recorder)->stamp.store(0);  // killed while it copied the record
  });
  testing::SinkContents contents;
  contents.lines_left = 2;
  {
    testing::MemorySink sink(contents);
    Recovery recovery(folder_.path(), "app", complaints_);
    recovery.find();
    EXPECT_EQ(recovery.write(sink, LineContext{}), ENOSPC);
  }
  std::vector<uint64_t> told;
  std::istringstream text(contents.text());
  for (std::string line; std::getline(text, line);) told.push_back(json::parse(line)["seq"]);
  for (const json& line : recover()) {
    if (line["event"] == "request") told.push_back(line["seq"]);
  }
  EXPECT_EQ(told, (std::vector<uint64_t>{2, 3, 4}));
}

TEST_F(RecoveryTest, ALongQueueIsTakenInPieces) {
  constexpr uint32_t kLongQueue = 2000;
  die_after(
      [](FlightRecorder& recorder) {
        RequestRecord record = sample_record();
        for (uint32_t index = 0; index < kLongQueue; ++index) recorder.ring().append(record);
      },
      kLongQueue);
  testing::SinkContents contents;
  testing::MemorySink sink(contents);
  Recovery recovery(folder_.path(), "app", complaints_);
  recovery.find();
  EXPECT_EQ(recovery.write(sink, LineContext{}), 0);
  EXPECT_EQ(recovery.lines(), kLongQueue + 1);
  EXPECT_GT(contents.writes, 10) << "the lines of all records lay in memory at once";
}

TEST_F(RecoveryTest, AWriterTellsThatItsSinkDoesNotTakeThem) {
  die_after(leave_two_finished_and_one_in_flight);
  testing::SinkContents contents;
  contents.lines_left = 1;  // for "started"
  FlightRecorder own(RecorderMemory::anonymous(FlightRecorder::bytes_for(kQueue)), kQueue, {});
  const RequestTotals totals;
  WriterOptions options;
  options.flush_interval = std::chrono::milliseconds(1);
  options.recorder_folder = folder_.path();
  options.application_key = "app";
  auto* writer = new Writer(own, std::make_unique<testing::MemorySink>(contents), complaints_,
                            totals, LineContext{}, options);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (writer->sink_error().empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(complaints_.standing().size(), 1U);
  EXPECT_EQ(writer->sink_error(), "No space left on device");
  contents.lines_left = UINT64_MAX;
  EXPECT_TRUE(writer->stop(std::chrono::seconds(5)));
  EXPECT_TRUE(complaints_.standing().empty());
  EXPECT_NE(contents.text().find("worker_died"), std::string::npos);
}

TEST_F(RecoveryTest, FieldsThatAreNoJsonAreLeftOutAndNamed) {
  die_after([](FlightRecorder& recorder) {
    for (const char* fields : {R"("tenant":7)", R"("tenant":7},{)", "\"t\":\"\x1b[2J\"",
                               R"("seq":9)", R"("t":1,"t":2)"}) {
      RequestRecord record = sample_record();
      record.texts.set(Text::kFields, fields);
      recorder.ring().append(record);
    }
  });
  const auto lines = recover();
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0]["tenant"], 7);
  EXPECT_FALSE(lines[0].contains("truncated"));
  for (size_t index = 1; index < 5; ++index) {
    EXPECT_EQ(lines[index]["seq"], index + 1);
    EXPECT_EQ(lines[index]["truncated"], json::array({"fields"}));
    EXPECT_FALSE(lines[index].contains("t") || lines[index].contains("tenant"));
  }
}

TEST_F(RecoveryTest, OfUnreadableRecordersTheLastFewAreKept) {
  const auto leave_strange_ones = [this](const std::string& key, size_t count) {
    std::vector<std::string> names;
    for (size_t index = 0; index < count; ++index) {
      const pid_t dead = die_after(
          [](FlightRecorder& recorder) { recorder.header().version = kRecorderVersion + 1; },
          kQueue, key);
      names.push_back(key + "-" + std::to_string(dead) + "-");
      recover(key);
    }
    return names;
  };
  const auto others = leave_strange_ones("app-other", 1);
  const auto own = leave_strange_ones("app", kUnreadableRecordersKept + 3);
  const auto left = files();
  EXPECT_EQ(left.size(), kUnreadableRecordersKept + 1);
  const auto is_left = [&left](const std::string& beginning) {
    return std::any_of(left.begin(), left.end(),
                       [&](const std::string& name) { return name.rfind(beginning, 0) == 0; });
  };
  EXPECT_TRUE(is_left(others[0])) << "another application's";
  for (size_t index = 0; index < own.size(); ++index) EXPECT_EQ(is_left(own[index]), index >= 3);
}

TEST_F(RecoveryTest, ANameThatIsNotOursIsNotEvenSpokenOf) {
  die_after(leave_two_finished_and_one_in_flight);
  const std::string path = only_file();
  std::filesystem::rename(path, own_folder() + "/app-\x1b[31m\n1-1.flight");
  EXPECT_TRUE(recover().empty());
  EXPECT_TRUE(complaints_.standing().empty());
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

TEST_F(RecoveryTest, WhatIsNoPlainFileOfThisUserIsPassedOver) {
  die_after(leave_two_finished_and_one_in_flight);
  const std::string strangers = only_file();
  const std::string pipe = own_folder() + "/app-2-1.flight";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::filesystem::create_directory(own_folder() + "/app-3-1.flight");
  if (chown(strangers.c_str(), 65'534, 65'534) != 0) std::filesystem::remove(strangers);
  const auto before = files();
  EXPECT_TRUE(recover().empty());
  EXPECT_EQ(files(), before) << "neither told nor set aside";
  EXPECT_FALSE(complaints_.standing().empty());
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
