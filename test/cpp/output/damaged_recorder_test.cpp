#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/record/unreadable_recorders.hpp"
#include "support/recovery_fixture.hpp"

namespace memory_tracker {
namespace {

using nlohmann::json;
using testing::RecoveryTest;
using testing::sample_record;

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
