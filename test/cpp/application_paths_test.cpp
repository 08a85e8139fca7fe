#include "core/application_paths.hpp"

#include <gtest/gtest.h>

namespace memory_tracker {
namespace {

class ApplicationPathsTest : public ::testing::Test {
 protected:
  ApplicationPaths paths_{{"/srv/shop/current", "/srv/shop/releases/7"},
                          {"/srv/shop/current/vendor/bundle", "/usr/lib/ruby"},
                          false};
};

TEST_F(ApplicationPathsTest, KnowsTheApplicationByEachNameOfItsFolder) {
  EXPECT_TRUE(paths_.application("/srv/shop/current/app/models/order.rb"));
  EXPECT_TRUE(paths_.application("/srv/shop/releases/7/app/models/order.rb"));
  EXPECT_EQ(paths_.short_name("/srv/shop/current/app/models/order.rb"), "app/models/order.rb");
  EXPECT_EQ(paths_.short_name("/srv/shop/releases/7/app/models/order.rb"), "app/models/order.rb");
}

TEST_F(ApplicationPathsTest, TakesNoOtherCodeForIt) {
  EXPECT_FALSE(paths_.application("/srv/shop/current-old/app/models/order.rb"));
  EXPECT_FALSE(
      paths_.application("/srv/shop/current/vendor/bundle/ruby/3.3.0/gems/rack-3.1/rack.rb"));
  EXPECT_FALSE(paths_.application("/usr/lib/ruby/3.3.0/json.rb"));
  EXPECT_FALSE(paths_.application("<internal:kernel>"));
  EXPECT_FALSE(paths_.application("(eval at /srv/shop/current/app/models/order.rb:3)"));
  EXPECT_FALSE(paths_.application("-e"));
  EXPECT_FALSE(paths_.application(""));
}

TEST_F(ApplicationPathsTest, NamesOtherCodeByItsGemOrFolder) {
  EXPECT_EQ(
      paths_.short_name("/srv/shop/current/vendor/bundle/ruby/3.3.0/gems/rack-3.1/lib/rack.rb"),
      "rack-3.1/lib/rack.rb");
  EXPECT_EQ(paths_.short_name("/usr/lib/ruby/3.3.0/json.rb"), "3.3.0/json.rb");
  EXPECT_EQ(paths_.short_name("/opt/elsewhere/tool.rb"), "/opt/elsewhere/tool.rb");
}

TEST_F(ApplicationPathsTest, TakesRelativePathsForItsOwnWhereTheProcessWasStartedInItsFolder) {
  EXPECT_FALSE(paths_.application("config.ru"));
  const ApplicationPaths started_there({"/srv/shop"}, {}, true);
  EXPECT_TRUE(started_there.application("config.ru"));
  EXPECT_EQ(started_there.short_name("config.ru"), "config.ru");
}

}  // namespace
}  // namespace memory_tracker
