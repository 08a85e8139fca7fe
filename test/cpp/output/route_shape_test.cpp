#include "core/output/route_shape.hpp"

#include <gtest/gtest.h>

namespace memory_tracker {
namespace {

TEST(RouteShape, ReplacesWhatNamesOneThing) {
  EXPECT_EQ(route_shape("/orders/17"), "/orders/{id}");
  EXPECT_EQ(route_shape("/orders/17/items/3"), "/orders/{id}/items/{id}");
  EXPECT_EQ(route_shape("/u/6f1d8a52-13aa-4d0e-9c34-6a6f0d1c2b3a/x"), "/u/{id}/x");
  EXPECT_EQ(route_shape("/blobs/9f86d081884c7d65"), "/blobs/{id}");
}

TEST(RouteShape, KeepsWords) {
  EXPECT_EQ(route_shape("/"), "/");
  EXPECT_EQ(route_shape(""), "");
  EXPECT_EQ(route_shape("/facade/decade/cafe"), "/facade/decade/cafe");
  EXPECT_EQ(route_shape("/v2/orders"), "/v2/orders");
  EXPECT_EQ(route_shape("/orders/"), "/orders/");
  EXPECT_EQ(route_shape("//x"), "//x");
  EXPECT_EQ(route_shape("orders/1"), "orders/{id}");
}

TEST(RouteShape, LeavesTheQueryOut) {
  EXPECT_EQ(route_shape("/orders/17?token=x"), "/orders/{id}");
}

TEST(RouteShape, IsBounded) {
  EXPECT_EQ(route_shape("/a/b/c/d/e/f/g/h/i/j"), "/a/b/c/d/e/f/g/h/...");
}

}  // namespace
}  // namespace memory_tracker
