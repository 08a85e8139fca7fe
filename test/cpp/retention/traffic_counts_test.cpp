#include "core/retention/traffic_counts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace memory_tracker {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(TrafficCountsTest, RequestsAnHourAndShares) {
  TrafficCounts counts(0);
  for (int request = 0; request < 300; ++request) {
    counts.note(request % 4 == 0 ? "orders#show" : "orders#index", 1);
  }
  EXPECT_TRUE(counts.present(5 * kSecond).empty()) << "too short to say";
  const auto traffic = counts.present(60 * kSecond);
  const EndpointTraffic* show = find_traffic(traffic, "orders#show");
  ASSERT_NE(show, nullptr);
  EXPECT_DOUBLE_EQ(show->requests_per_hour, 75 * 60);
  EXPECT_DOUBLE_EQ(show->share, 0.25);
  EXPECT_EQ(find_traffic(traffic, "nobody"), nullptr);
}

TEST(TrafficCountsTest, TrafficOfAnHourAgoIsNotPresent) {
  TrafficCounts counts(0);
  counts.note("batch", 100'000);
  counts.present(301 * kSecond);
  counts.note("orders#show", 10);
  const auto traffic = counts.present(602 * kSecond);
  EXPECT_EQ(find_traffic(traffic, "batch"), nullptr);
  ASSERT_NE(find_traffic(traffic, "orders#show"), nullptr);
  EXPECT_DOUBLE_EQ(find_traffic(traffic, "orders#show")->share, 1);
}

TEST(TrafficCountsTest, AScannerMakesNoEndlessEndpoints) {
  TrafficCounts counts(0);
  for (int path = 0; path < 5000; ++path) counts.note("/" + std::to_string(path) + "x", 1);
  const auto traffic = counts.present(60 * kSecond);
  EXPECT_LE(traffic.size(), TrafficCounts::kMaxEndpoints + 1);
  ASSERT_NE(find_traffic(traffic, "other"), nullptr);
  EXPECT_NEAR(find_traffic(traffic, "other")->share, 0.96, 0.01);
}

}  // namespace
}  // namespace memory_tracker
