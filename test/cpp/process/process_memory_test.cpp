#include "core/process/process_memory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "support/sanitizer.hpp"

namespace memory_tracker {
namespace {

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_close(const std::optional<uint64_t>& bytes, uint64_t truth) {
  ASSERT_TRUE(bytes);
  EXPECT_NEAR(static_cast<double>(*bytes), static_cast<double>(truth), 2.0 * 1024 * 1024);
}

TEST(ProcessMemory, SaysWhatTheKernelSays) {
  ProcessMemory memory;
  const auto sample = memory.read();
  const std::string status = text_of("/proc/self/status");
  ASSERT_TRUE(sample);
  expect_close(sample->rss_bytes, *parse_status_bytes(status, "VmRSS"));
  expect_close(sample->anonymous_bytes, *parse_status_bytes(status, "RssAnon"));
  expect_close(sample->file_bytes, *parse_status_bytes(status, "RssFile"));
  expect_close(sample->swap_bytes, *parse_status_bytes(status, "VmSwap"));
  expect_close(sample->peak_bytes, *parse_status_bytes(status, "VmHWM"));
}

TEST(ProcessMemory, ProportionalAndUniqueSetsAreTheRollups) {
  ProcessMemory memory;
  const auto sample = memory.read_private();
  const std::string rollup = text_of("/proc/self/smaps_rollup");
  ASSERT_TRUE(sample);
  expect_close(sample->pss_bytes, *parse_status_bytes(rollup, "Pss"));
  expect_close(sample->uss_bytes, *parse_status_bytes(rollup, "Private_Clean") +
                                      *parse_status_bytes(rollup, "Private_Dirty"));
}

TEST(ProcessMemory, CountsThreads) {
  SKIP_UNDER_SANITIZER();
  ProcessMemory memory;
  const uint64_t before = *memory.read()->threads;
  std::thread other([&] { EXPECT_EQ(*ProcessMemory().read()->threads, before + 1); });
  other.join();
}

TEST(ParseStatusBytes, RefusesWhatIsNotKilobytes) {
  EXPECT_EQ(parse_status_bytes("VmRSS:\t  12 kB\n", "VmRSS"), 12U * 1024);
  EXPECT_EQ(parse_status_bytes("Name:\tx\nVmRSS:\t12 kB\n", "VmRSS"), 12U * 1024);
  for (const char* text : {"", "VmRSS:", "VmRSS: ", "VmRSS: kB", "VmRSS: 12 MB", "VmRSS: 12",
                           "VmRSS: 99999999999999999999 kB", "xVmRSS: 12 kB", "VmRSS"}) {
    EXPECT_FALSE(parse_status_bytes(text, "VmRSS")) << text;
  }
}

TEST(Libproc2, KnowsItsVersions) {
  EXPECT_EQ(libproc2_compiled_version().substr(0, 2), "4.");
  EXPECT_EQ(libproc2_loaded().substr(0, 11), "libproc2.so");
}

}  // namespace
}  // namespace memory_tracker
