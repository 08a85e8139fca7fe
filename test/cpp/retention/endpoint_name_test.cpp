#include "core/retention/endpoint_name.hpp"

#include <gtest/gtest.h>

#include "support/sample_record.hpp"

namespace memory_tracker {
namespace {

TEST(EndpointNameTest, TheBestNameThereIs) {
  RequestRecord record = testing::sample_record();
  EXPECT_EQ(endpoint_name(record), "/orders/{id}") << "without a framework";
  record.texts.set(Text::kRoute, "/orders/:id");
  EXPECT_EQ(endpoint_name(record), "/orders/:id");
  record.texts.set(Text::kController, "orders");
  record.texts.set(Text::kAction, "show");
  EXPECT_EQ(endpoint_name(record), "orders#show");
}

TEST(EndpointNameTest, JobsAndBlocksByTheirName) {
  RequestRecord record = testing::sample_record();
  record.event = Event::kJob;
  record.texts.set(Text::kName, "ImportJob");
  EXPECT_EQ(endpoint_name(record), "ImportJob");
  record.texts.clear();
  EXPECT_EQ(endpoint_name(record), "other");
}

}  // namespace
}  // namespace memory_tracker
