#include "core/process/process_texts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace memory_tracker {
namespace {

constexpr uint64_t kKib = 1024;

TEST(ParseStatusBytes, RefusesWhatIsNotKilobytes) {
  EXPECT_EQ(parse_status_bytes("VmRSS:\t  12 kB\n", "VmRSS"), 12 * kKib);
  EXPECT_EQ(parse_status_bytes("VmRSS:\t12 kB", "VmRSS"), 12 * kKib);
  EXPECT_EQ(parse_status_bytes("Name:\tx\nVmRSS:\t12 kB\n", "VmRSS"), 12 * kKib);
  for (const char* text :
       {"", "VmRSS:", "VmRSS: ", "VmRSS: kB", "VmRSS: 12 MB", "VmRSS: 12", "VmRSS: 12 kBs",
        "VmRSS: -12 kB", "VmRSS:\n12 kB", "VmRSS: 99999999999999999999 kB",
        "VmRSS: 18446744073709551615 kB", "xVmRSS: 12 kB", "VmRSS", "VmRSS 12 kB", "\n\n"}) {
    EXPECT_FALSE(parse_status_bytes(text, "VmRSS")) << text;
  }
}

TEST(ParseStatus, TakesEachFigureFromItsLine) {
  const ProcessMemorySample sample = parse_status(
      "Name:\tVmRSS\nVmPeak:\t 9 kB\nVmSize:\t 8 kB\nVmHWM:\t  7 kB\nVmRSS:\t  6 kB\n"
      "RssAnon:\t  3 kB\nRssFile:\t  2 kB\nRssShmem:\t  1 kB\nVmSwap:\t  5 kB\nThreads:\t4\n"
      "voluntary_ctxt_switches:\t150\n");
  EXPECT_EQ(sample.peak_bytes, 7 * kKib);
  EXPECT_EQ(sample.rss_bytes, 6 * kKib);
  EXPECT_EQ(sample.swap_bytes, 5 * kKib);
  EXPECT_EQ(sample.threads, 4U);
  EXPECT_EQ(sample.anonymous_bytes, 3 * kKib);
  EXPECT_EQ(sample.file_bytes, 2 * kKib);
  EXPECT_EQ(sample.shared_bytes, 1 * kKib);
}

// gVisor, and Linux before 4.5, tell no parts.
TEST(ParseStatus, LeavesAbsentWhatIsNotSaid) {
  const ProcessMemorySample sample = parse_status("VmSize:\t8 kB\nVmRSS:\t6 kB\nThreads:\t4\n");
  EXPECT_EQ(sample.rss_bytes, 6 * kKib);
  EXPECT_EQ(sample.threads, 4U);
  EXPECT_FALSE(sample.anonymous_bytes || sample.file_bytes || sample.shared_bytes ||
               sample.swap_bytes || sample.peak_bytes);
}

TEST(ParseSmapsRollup, AddsUpThePrivateParts) {
  const auto sample = parse_smaps_rollup(
      "5581d0-7ffd90 ---p 00000000 00:00 0                          [rollup]\n"
      "Rss:                1768 kB\nPss:                 271 kB\nPss_Dirty:            92 kB\n"
      "Shared_Clean:       1500 kB\nPrivate_Clean:       168 kB\nPrivate_Dirty:        92 kB\n");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->pss_bytes, 271 * kKib);
  EXPECT_EQ(sample->uss_bytes, 260 * kKib);
}

TEST(ParseSmapsRollup, RefusesHalfOfIt) {
  const std::string almost_all = std::to_string(UINT64_MAX / kKib) + " kB\n";
  EXPECT_FALSE(parse_smaps_rollup(""));
  EXPECT_FALSE(parse_smaps_rollup("Pss: 271 kB\nPrivate_Clean: 168 kB\n"));
  EXPECT_FALSE(parse_smaps_rollup("Private_Clean: 168 kB\nPrivate_Dirty: 168 kB\n"));
  EXPECT_FALSE(parse_smaps_rollup("Pss: 1 kB\nPrivate_Clean: " + almost_all +
                                  "Private_Dirty: " + almost_all));
}

}  // namespace
}  // namespace memory_tracker
