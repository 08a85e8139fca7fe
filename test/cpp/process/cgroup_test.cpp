#include "core/process/cgroup.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace memory_tracker {
namespace {

class CgroupTest : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file(root_ / path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  testing::TemporaryFolder root_;
};

TEST_F(CgroupTest, ReadsVersion2) {
  write("app/memory.current", "123456789\n");
  write("app/memory.max", "536870912\n");
  write("app/memory.events", "low 0\nhigh 1\nmax 22\noom 3\noom_kill 2\noom_group_kill 0\n");
  const auto memory = Cgroup("0::/app\n", root_.path()).read();
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->version, 2);
  EXPECT_EQ(memory->usage_bytes, 123456789U);
  EXPECT_EQ(memory->limit_bytes, 536870912U);
  EXPECT_EQ(memory->max_events, 22U);
  EXPECT_EQ(memory->oom_events, 3U);
  EXPECT_EQ(memory->oom_kill_events, 2U);
}

TEST_F(CgroupTest, NoLimitIsAbsent) {
  write("memory.current", "1\n");
  write("memory.max", "max\n");
  const auto memory = Cgroup("0::/\n", root_.path()).read();
  ASSERT_TRUE(memory);
  EXPECT_FALSE(memory->limit_bytes);
}

TEST_F(CgroupTest, AHybridSystemsVersion1ControllerWins) {
  write("memory/app/memory.usage_in_bytes", "4096\n");
  write("memory/app/memory.limit_in_bytes", "9223372036854771712\n");
  write("memory/app/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  const auto memory = Cgroup("5:cpu,memory:/app\n0::/app\n", root_.path()).read();
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->version, 1);
  EXPECT_EQ(memory->usage_bytes, 4096U);
  EXPECT_FALSE(memory->limit_bytes);
  EXPECT_EQ(memory->oom_kill_events, 1U);
}

TEST_F(CgroupTest, InsideANamespaceTheMountItselfIsTheGroup) {
  write("memory.current", "77\n");
  const auto memory = Cgroup("0::/host/path/that/is/not/here\n", root_.path()).read();
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->usage_bytes, 77U);
}

TEST_F(CgroupTest, WithoutAMemoryControllerThereIsNothing) {
  for (const char* membership : {"", "nonsense", "0::/x\n", "1:cpu:/x\n", ":::\n"}) {
    EXPECT_FALSE(Cgroup(membership, root_.path()).read()) << membership;
  }
}

TEST(ParseCgroupBytes, RefusesWhatIsNoNumber) {
  EXPECT_EQ(parse_cgroup_bytes("0\n"), 0U);
  EXPECT_EQ(parse_cgroup_bytes("42"), 42U);
  for (const char* text : {"", "\n", "max\n", "-1\n", "12x\n", "99999999999999999999\n"}) {
    EXPECT_FALSE(parse_cgroup_bytes(text)) << text;
  }
}

}  // namespace
}  // namespace memory_tracker
