#include "core/retention/endpoint_history.hpp"

#include <gtest/gtest.h>

namespace memory_tracker {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(EndpointHistoryTest, ManySamplesLieInFewBinsAndNothingIsLost) {
  EndpointHistory history;
  constexpr uint64_t kSamples = 10'000;
  for (uint64_t sample = 0; sample < kSamples; ++sample) {
    const double kept = sample % 10 == 0 ? 20 : 0;
    history.add({kept, kept * 40}, 5, {sample, 0});
  }
  EXPECT_LE(history.all().end, EndpointHistory::kMaxBins);
  EXPECT_EQ(history.samples(), kSamples);
  EXPECT_EQ(history.requests(history.all()), kSamples);
  EXPECT_EQ(history.positive(history.all()), kSamples / 10);
  EXPECT_DOUBLE_EQ(history.objects(history.all()).mean(), 2);
  EXPECT_DOUBLE_EQ(history.bytes(history.all()).mean(), 80);
  EXPECT_DOUBLE_EQ(history.mean_scale(), 5);
}

TEST(EndpointHistoryTest, TheLatestLookCountsWhereverTheSampleLiesByThen) {
  EndpointHistory history;
  const KeptFigures first{10, 400};
  const uint64_t sample = history.add(first, 1, {});
  for (int other = 0; other < 99; ++other) history.add({}, 1, {});
  history.look_again(sample, 1, first, {4, 160});
  EXPECT_DOUBLE_EQ(history.objects(history.all()).mean(), 0.04);
  history.look_again(sample, 2, {4, 160}, {});
  EXPECT_DOUBLE_EQ(history.objects(history.all()).mean(), 0);
  EXPECT_EQ(history.positive(history.all()), 0U);
  EXPECT_EQ(history.survival(2).samples, 1U);
  EXPECT_EQ(history.survival(2).survivors, 0U);
}

TEST(EndpointHistoryTest, YoungSamplesCountWithThePartThatOthersKept) {
  EndpointHistory history;
  for (int sample = 0; sample < 10; ++sample) {
    const uint64_t ordinal = history.add({8, 800}, 1, {});
    if (sample < 4) history.look_again(ordinal, 1, {8, 800}, {2, 200});
  }
  EXPECT_DOUBLE_EQ(history.objects(history.all()).mean(), 2);
}

TEST(EndpointHistoryTest, OnlySamplesOfEnoughAgeAndMajorGcsAreMature) {
  EndpointHistory history;
  RetentionOptions options;
  for (uint64_t sample = 0; sample < 20; ++sample) {
    history.add({1, 40}, 1, {sample, static_cast<int64_t>(sample) * 10 * kSecond});
    history.look_again(sample, 1, {1, 40}, {1, 40});
  }
  EXPECT_EQ(history.requests(history.mature(options, {19, 190 * kSecond})), 10U) << "by major GCs";
  EXPECT_EQ(history.requests(history.mature(options, {90, 190 * kSecond})), 12U) << "by age";
}

TEST(EndpointHistoryTest, ASampleThatWaitsForItsLookDoesNotCountAsOneThatKeepsNothing) {
  EndpointHistory history;
  const RetentionOptions options;
  for (uint64_t sample = 0; sample < 20; ++sample) history.add({1, 40}, 1, {sample, 0});
  const Moment later{90, 190 * kSecond};
  EXPECT_EQ(history.requests(history.mature(options, later)), 0U);
  for (uint64_t sample = 0; sample < 8; ++sample) history.look_again(sample, 1, {1, 40}, {1, 40});
  history.give_up(8, {1, 40});
  EXPECT_EQ(history.requests(history.mature(options, later)), 9U);
  EXPECT_EQ(history.positive(history.mature(options, later)), 8U);
}

}  // namespace
}  // namespace memory_tracker
