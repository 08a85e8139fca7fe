#include "core/output/json_object.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace memory_tracker {
namespace {

using nlohmann::json;

TEST(JsonObject, NestsAndSeparates) {
  std::string out;
  JsonObject line(out);
  line.integer("a", -1);
  JsonObject inner = line.object("b");
  inner.flag("c", true);
  inner.end();
  line.raw_members("");
  line.raw_members(R"("d":[1],"e":null)");
  line.count("f", UINT64_MAX);
  line.end();
  EXPECT_EQ(json::parse(out),
            json::parse(R"({"a":-1,"b":{"c":true},"d":[1],"e":null,"f":18446744073709551615})"));
}

TEST(JsonObject, RoundsMegabytesToThreeDecimals) {
  const auto printed = [](int64_t bytes) {
    std::string out;
    JsonObject object(out);
    object.megabytes("m", bytes);
    object.end();
    return out;
  };
  EXPECT_EQ(printed(0), R"({"m":0.000})");
  EXPECT_EQ(printed(1'048'576), R"({"m":1.000})");
  EXPECT_EQ(printed(-1'048'576), R"({"m":-1.000})");
  EXPECT_EQ(printed(4096), R"({"m":0.004})");
  EXPECT_EQ(printed(-4096), R"({"m":-0.004})");
  EXPECT_EQ(printed(INT64_MAX), R"({"m":8796093022208.000})");
}

TEST(JsonObject, EscapesNamesToo) {
  std::string out;
  JsonObject object(out);
  object.text("a\"b\n", "x");
  object.end();
  EXPECT_EQ(json::parse(out)["a\"b\n"], "x");
}

TEST(Iso8601, IsUtcInMicroseconds) {
  EXPECT_EQ(iso8601_utc(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(iso8601_utc(1'795'227'834'123'456'789), "2026-11-21T02:23:54.123456Z");
  EXPECT_EQ(iso8601_utc(-1'000), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(iso8601_utc(INT64_MIN), "1677-09-21T00:12:43.145224Z") << "from a damaged file";
}

}  // namespace
}  // namespace memory_tracker
