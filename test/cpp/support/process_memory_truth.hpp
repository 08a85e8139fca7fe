#pragma once

#include <gtest/gtest.h>

#include "core/process/process_memory.hpp"
#include "support/touched_pages.hpp"

namespace memory_tracker::testing {

constexpr double kMegabyte = 1'048'576;

inline void expect_grown(std::optional<uint64_t> before, std::optional<uint64_t> after,
                         double bytes) {
  ASSERT_TRUE(before && after);
  EXPECT_NEAR(static_cast<double>(*after) - static_cast<double>(*before), bytes, 0.5 * kMegabyte);
}

// What a reader says against what this process did: 64 MB of its own, and 16 MB that can be shared
// but that nobody shares.
inline void expect_sees_what_is_touched(ProcessMemory& reader) {
  const auto before = reader.read();
  const auto private_before = reader.read_private();
  const auto kib_before = reader.read_resident_kib();
  const TouchedPages own(size_t{64} << 20, MAP_PRIVATE);
  const TouchedPages shareable(size_t{16} << 20, MAP_SHARED);
  const auto after = reader.read();
  const auto private_after = reader.read_private();
  const auto kib_after = reader.read_resident_kib();
  ASSERT_TRUE(before && after && private_before && private_after && kib_before && kib_after);
  expect_grown(before->rss_bytes, after->rss_bytes, 80 * kMegabyte);
  expect_grown(before->anonymous_bytes, after->anonymous_bytes, 64 * kMegabyte);
  expect_grown(before->shared_bytes, after->shared_bytes, 16 * kMegabyte);
  expect_grown(before->file_bytes, after->file_bytes, 0);
  expect_grown(before->swap_bytes, after->swap_bytes, 0);
  expect_grown(private_before->pss_bytes, private_after->pss_bytes, 80 * kMegabyte);
  expect_grown(private_before->uss_bytes, private_after->uss_bytes, 80 * kMegabyte);
  expect_grown(*kib_before * 1024, *kib_after * 1024, 80 * kMegabyte);
  EXPECT_GE(after->peak_bytes, after->rss_bytes);
}

}  // namespace memory_tracker::testing
