#include "core/process/libproc2_reader.hpp"

#include <gtest/gtest.h>

#include "core/process/procfs_reader.hpp"
#include "support/process_memory_truth.hpp"
#include "support/sanitizer.hpp"

namespace memory_tracker {
namespace {

void expect_same(const std::optional<uint64_t>& ours, const std::optional<uint64_t>& theirs) {
  ASSERT_TRUE(ours && theirs);
  EXPECT_NEAR(static_cast<double>(*ours), static_cast<double>(*theirs), testing::kMegabyte);
}

TEST(Libproc2Reader, SeesWhatIsTouched) {
  SKIP_UNDER_SANITIZER();
  Libproc2Reader reader;
  testing::expect_sees_what_is_touched(reader);
}

// Each figure under its own name: the sizes differ by far more than what the process moves between
// the two readings.
TEST(Libproc2Reader, SaysWhatOurOwnReaderSays) {
  const testing::TouchedPages shareable(size_t{16} << 20, MAP_SHARED);
  Libproc2Reader library;
  ProcfsReader own;
  const auto theirs = library.read();
  const auto ours = own.read();
  ASSERT_TRUE(theirs && ours);
  expect_same(ours->rss_bytes, theirs->rss_bytes);
  expect_same(ours->anonymous_bytes, theirs->anonymous_bytes);
  expect_same(ours->file_bytes, theirs->file_bytes);
  expect_same(ours->shared_bytes, theirs->shared_bytes);
  expect_same(ours->swap_bytes, theirs->swap_bytes);
  expect_same(ours->peak_bytes, theirs->peak_bytes);
  EXPECT_EQ(ours->threads, theirs->threads);
  const auto their_private = library.read_private();
  const auto our_private = own.read_private();
  ASSERT_TRUE(their_private && our_private);
  expect_same(our_private->pss_bytes, their_private->pss_bytes);
  expect_same(our_private->uss_bytes, their_private->uss_bytes);
  expect_same(*own.read_resident_kib() * 1024, *library.read_resident_kib() * 1024);
}

TEST(Libproc2Reader, KnowsItsVersions) {
  EXPECT_EQ(Libproc2Reader::compiled_version().substr(0, 2), "4.");
  EXPECT_EQ(Libproc2Reader::loaded_file().substr(0, 11), "libproc2.so");
}

}  // namespace
}  // namespace memory_tracker
