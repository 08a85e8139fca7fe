#include "core/retention/site_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace memory_tracker {
namespace {

TEST(SiteTableTest, TheLargestComeFirstWithTheirShares) {
  SiteTable sites;
  sites.add("String", "app/models/order.rb:42", 30);
  sites.add("Hash", "app/models/order.rb:42", 50);
  sites.add("String", "app/models/order.rb:42", 20);
  const auto top = sites.top(8);
  ASSERT_EQ(top.size(), 2U);
  EXPECT_EQ(top[0].class_name, "String");
  EXPECT_EQ(top[0].location, "app/models/order.rb:42");
  EXPECT_DOUBLE_EQ(top[0].share, 0.5);
  EXPECT_DOUBLE_EQ(top[1].share, 0.5);
}

TEST(SiteTableTest, AFrequentSiteIsFoundAmongThousandsOfOthers) {
  SiteTable sites;
  for (int round = 0; round < 5000; ++round) {
    sites.add("Stray", "lib/" + std::to_string(round) + ".rb:1", 1);
    if (round % 3 == 0) sites.add("Order", "app/models/order.rb:42", 1);
  }
  const auto top = sites.top(3);
  ASSERT_EQ(top.size(), 3U);
  EXPECT_EQ(top[0].class_name, "Order");
  EXPECT_NEAR(top[0].share, 0.25, 0.03);
  EXPECT_LT(top[1].share, 0.01) << "what a place inherited is not its own";
}

TEST(SiteTableTest, LongNamesAreCut) {
  SiteTable sites;
  sites.add(std::string(5000, 'C'), std::string(5000, 'l'), 1);
  EXPECT_EQ(sites.top(1)[0].class_name.size(), SiteTable::kLongestText);
  EXPECT_EQ(sites.top(1)[0].location.size(), SiteTable::kLongestText);
}

}  // namespace
}  // namespace memory_tracker
