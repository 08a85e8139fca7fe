#include "core/record/text_area.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace memory_tracker {
namespace {

class TextAreaTest : public ::testing::Test {
 protected:
  TextAreaTest() { area_.clear(); }
  TextArea area_;
};

TEST_F(TextAreaTest, KeepsWhatFits) {
  area_.set(Text::kMethod, "PATCH");
  area_.set(Text::kUrl, "/a");
  EXPECT_EQ(area_.get(Text::kMethod), "PATCH");
  EXPECT_EQ(area_.get(Text::kUrl), "/a");
  EXPECT_EQ(area_.get(Text::kRoute), "");
  EXPECT_FALSE(area_.any_truncated());
}

TEST_F(TextAreaTest, CutsWhatDoesNotAndSaysSo) {
  const std::string path(100'000, 'x');
  area_.set(Text::kUrl, path);
  EXPECT_EQ(area_.get(Text::kUrl), path.substr(0, 512));
  EXPECT_TRUE(area_.truncated(Text::kUrl));
  EXPECT_FALSE(area_.truncated(Text::kMethod));
}

TEST_F(TextAreaTest, NeverSplitsACharacter) {
  std::string path(511, 'x');
  path += "\xE2\x82\xAC";  // a euro sign across the limit
  area_.set(Text::kUrl, path);
  EXPECT_EQ(area_.get(Text::kUrl), path.substr(0, 511));
  EXPECT_TRUE(area_.truncated(Text::kUrl));
}

TEST_F(TextAreaTest, CutsBytesThatAreNoTextWhereTheLimitFalls) {
  area_.set(Text::kUrl, std::string(600, '\x80'));
  EXPECT_EQ(area_.get(Text::kUrl).size(), 512U);
}

TEST_F(TextAreaTest, ASecondSettingReplacesTheFirst) {
  area_.set(Text::kRequestId, "from the header");
  area_.set(Text::kRequestId, "assigned");
  EXPECT_EQ(area_.get(Text::kRequestId), "assigned");
}

TEST_F(TextAreaTest, WhenTheRoomIsUsedUpLaterTextsAreCutToNothing) {
  const std::string longest(1000, 'x');
  for (size_t index = 0; index < kTextCount; ++index) {
    area_.set(static_cast<Text>(index), longest);
  }
  EXPECT_LE(area_.used_bytes(), TextArea::kCapacityBytes);
  EXPECT_TRUE(area_.truncated(Text::kFields));
  EXPECT_EQ(area_.get(Text::kFields), "");
}

TEST_F(TextAreaTest, ADamagedAreaIsReadWithinItsBounds) {
  std::memset(static_cast<void*>(&area_), 0xFF, sizeof area_);
  for (size_t index = 0; index < kTextCount; ++index) {
    EXPECT_EQ(area_.get(static_cast<Text>(index)), "");
  }
}

}  // namespace
}  // namespace memory_tracker
