#include "core/process/resident_memory.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "core/process/page_faults.hpp"
#include "core/process/process_memory.hpp"
#include "support/sanitizer.hpp"
#include "support/touched_pages.hpp"

namespace memory_tracker {
namespace {

using testing::TouchedPages;

constexpr size_t kMegabyte = 1'048'576;

TEST(ParseStatm, TakesTheSecondField) {
  const char text[] = "5000 1200 300 1 0 900 0\n";
  const auto set = parse_statm(text, sizeof text - 1, 4096);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->rss_bytes, 1200U * 4096);
}

TEST(ParseStatm, RefusesWhatIsNoStatm) {
  for (const char* text : {"", "12", "12 ", " 1 2 ", "a b c ", "1 2", "1  2 3 ", "1 2a 3 ",
                           "1 99999999999999999999 3 ", "1 -2 3 ", "1 18446744073709551615 3 "}) {
    const auto set = parse_statm(text, std::strlen(text), 4096);
    EXPECT_FALSE(set) << text;
  }
}

TEST(ResidentMemory, GrowsByWhatIsTouched) {
  SKIP_UNDER_SANITIZER();
  const ResidentMemory memory;
  const auto before = memory.read();
  const TouchedPages pages(50 * kMegabyte);
  const auto after = memory.read();
  ASSERT_TRUE(before && after);
  EXPECT_NEAR(static_cast<double>(after->rss_bytes - before->rss_bytes), 50.0 * kMegabyte,
              0.5 * kMegabyte);
}

TEST(ResidentMemory, AgreesWithProcessMemory) {
  const auto kib = ProcessMemory::open()->read_resident_kib();
  const auto set = ResidentMemory().read();
  ASSERT_TRUE(kib && set);
  EXPECT_NEAR(static_cast<double>(*kib), static_cast<double>(set->rss_bytes / 1024), 1024);
}

TEST(ResidentMemory, ReadsAForkedChildsOwnMemoryOnceReopened) {
  SKIP_UNDER_SANITIZER();
  ResidentMemory memory;
  const pid_t child = fork();
  if (child == 0) {
    ResidentMemory own;
    own.reopen();
    const auto own_before = own.read();
    const auto parents_before = memory.read();
    const TouchedPages pages(40 * kMegabyte);
    const auto own_after = own.read();
    const auto parents_after = memory.read();
    const bool right = own_before && own_after && parents_before && parents_after &&
                       own_after->rss_bytes > own_before->rss_bytes + 35 * kMegabyte &&
                       parents_after->rss_bytes < parents_before->rss_bytes + 5 * kMegabyte;
    memory.reopen();
    const auto reopened = memory.read();
    _exit(right && reopened && reopened->rss_bytes > own_before->rss_bytes ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(ThreadPageFaults, CountsEachTouchedPageOfThisThread) {
  SKIP_UNDER_SANITIZER();
  const uint64_t before = thread_page_faults();
  const TouchedPages pages(8 * kMegabyte);
  const uint64_t faults = thread_page_faults() - before;
  EXPECT_NEAR(static_cast<double>(faults), 8.0 * kMegabyte / 4096, 20);
}

}  // namespace
}  // namespace memory_tracker
