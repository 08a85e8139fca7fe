#include "core/record/attribution.hpp"

#include <gtest/gtest.h>

namespace memory_tracker {
namespace {

constexpr int64_t kMegabyte = 1'048'576;

GrowthEvidence beside_others(uint64_t touched, uint64_t risen, uint64_t fallen) {
  GrowthEvidence evidence;
  evidence.alone = false;
  evidence.touched_bytes = touched;
  evidence.copies = true;
  evidence.course_before = {1000, 500};
  evidence.course_after = {1000 + risen, 500 + fallen};
  return evidence;
}

TEST(AttributedGrowth, AloneItIsTheProcesss) {
  GrowthEvidence evidence;
  evidence.rss_before_bytes = 100;
  evidence.rss_after_bytes = 150;
  evidence.touched_bytes = 20;
  EXPECT_EQ(attributed_growth_bytes(evidence), 50);
  evidence.rss_after_bytes = 40;
  EXPECT_EQ(attributed_growth_bytes(evidence), -60);
}

TEST(AttributedGrowth, BesideOthersItIsWhatTheThreadTouched) {
  EXPECT_EQ(attributed_growth_bytes(beside_others(50, 400, 0)), 50);
}

TEST(AttributedGrowth, WhoTouchedNothingIsNeverBlamed) {
  EXPECT_EQ(attributed_growth_bytes(beside_others(0, 400, 0)), 0);
}

TEST(AttributedGrowth, CopiedPagesThatDidNotGrowTheProcessDoNotCount) {
  EXPECT_EQ(attributed_growth_bytes(beside_others(14 * kMegabyte, 2, 0)), 2);
}

TEST(AttributedGrowth, ACollectionCanHideARise) {
  GrowthEvidence evidence = beside_others(50 * kMegabyte, 2, 0);
  evidence.copies = false;
  EXPECT_EQ(attributed_growth_bytes(evidence), 2) << "it gave back what it touched";
  evidence.collected = true;
  EXPECT_EQ(attributed_growth_bytes(evidence), 50 * kMegabyte);
}

TEST(AttributedGrowth, AFallCanHideARise) {
  const GrowthEvidence evidence = beside_others(50 * kMegabyte, 0, 10 * kMegabyte);
  EXPECT_EQ(attributed_growth_bytes(evidence), 50 * kMegabyte);
}

TEST(AttributedGrowth, ASmallFallHidesNothing) {
  EXPECT_EQ(attributed_growth_bytes(beside_others(50 * kMegabyte, 5000, 4096)), 904);
}

TEST(AttributedGrowth, WhatWentUpAndDownAgainIsNoGrowth) {
  const GrowthEvidence evidence = beside_others(240 * kMegabyte, 48 * kMegabyte, 48 * kMegabyte);
  EXPECT_EQ(attributed_growth_bytes(evidence), 0);
}

TEST(AttributedGrowth, WhatTheCollectorTouchedIsNotTheRequests) {
  GrowthEvidence evidence = beside_others(140, 400, 0);
  evidence.gc_touched_bytes = 138;
  EXPECT_EQ(attributed_growth_bytes(evidence), 2);
  evidence.gc_touched_bytes = 500;
  EXPECT_EQ(attributed_growth_bytes(evidence), 0);
}

TEST(AttributedGrowth, WhereTheCollectorIsNotTimedItsFallsHideNoRise) {
  GrowthEvidence evidence = beside_others(140, 3, 90);
  evidence.copied_by_gc = true;
  EXPECT_EQ(attributed_growth_bytes(evidence), 3);
}

TEST(AttributedGrowth, WithHugePagesTheSlicesSayWhatTheFaultsCannot) {
  GrowthEvidence evidence = beside_others(kMegabyte, 50 * kMegabyte, 0);
  evidence.huge_pages = true;
  EXPECT_EQ(attributed_growth_bytes(evidence), kUnknownSigned) << "whose are the 50 MB?";
  evidence.sliced_bytes = 49 * kMegabyte;
  EXPECT_EQ(attributed_growth_bytes(evidence), 49 * kMegabyte);
}

TEST(AttributedGrowth, WithHugePagesFaultsThatExplainTheRiseAreBelieved) {
  GrowthEvidence evidence = beside_others(3 * kMegabyte, 3 * kMegabyte, 0);
  evidence.huge_pages = true;
  EXPECT_EQ(attributed_growth_bytes(evidence), 3 * kMegabyte);
}

TEST(AttributedGrowth, WithoutReadingsNothingIsSaid) {
  EXPECT_EQ(attributed_growth_bytes(GrowthEvidence{}), kUnknownSigned);
  EXPECT_EQ(attributed_growth_bytes(beside_others(kUnknown, 400, 0)), kUnknownSigned);
}

}  // namespace
}  // namespace memory_tracker
