#include "core/process/procfs_reader.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/process_memory_truth.hpp"
#include "support/sanitizer.hpp"
#include "support/temporary_folder.hpp"

namespace memory_tracker {
namespace {

TEST(ProcfsReader, SeesWhatIsTouched) {
  SKIP_UNDER_SANITIZER();
  ProcfsReader reader;
  testing::expect_sees_what_is_touched(reader);
}

TEST(ProcfsReader, SaysNothingWithoutProc) {
  const testing::TemporaryFolder folder;
  ProcfsReader reader(folder.path());
  EXPECT_FALSE(reader.read());
  EXPECT_FALSE(reader.read_private());
  EXPECT_FALSE(reader.read_resident_kib());
}

TEST(ProcfsReader, ServesWithoutARollup) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() + "/status") << "VmRSS:\t  2048 kB\nThreads:\t3\n";
  ProcfsReader reader(folder.path());
  const auto sample = reader.read();
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->rss_bytes, 2U << 20);
  EXPECT_EQ(sample->threads, 3U);
  EXPECT_FALSE(sample->anonymous_bytes);
  EXPECT_FALSE(reader.read_private());
  EXPECT_EQ(reader.read_resident_kib(), 2048U);
}

}  // namespace
}  // namespace memory_tracker
