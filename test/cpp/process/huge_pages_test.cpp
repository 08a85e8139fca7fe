#include "core/process/huge_pages.hpp"

#include <gtest/gtest.h>

namespace memory_tracker {
namespace {

TEST(HugePages, TheChoiceIsTheOneInBrackets) {
  EXPECT_TRUE(chooses_always("[always] madvise never\n"));
  EXPECT_FALSE(chooses_always("always [madvise] never\n"));
  EXPECT_FALSE(chooses_always("always madvise [never]\n"));
  EXPECT_FALSE(chooses_always(""));
}

}  // namespace
}  // namespace memory_tracker
