#include "core/output/request_line.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/sample_record.hpp"

namespace memory_tracker {
namespace {

using nlohmann::json;
using testing::kMegabyte;
using testing::sample_record;

class RequestLineTest : public ::testing::Test {
 protected:
  RequestLineTest() {
    context_.pid = 4711;
    context_.wall_offset_ns = 1'795'227'834'000'000'000;
    context_.gc_counter_names = {"count", "heap_live_slots"};
  }

  std::string text() {
    std::string out;
    append_request_line(out, record_, context_);
    return out;
  }
  json line() { return json::parse(text()); }

  RequestRecord record_ = sample_record();
  LineContext context_;
};

TEST_F(RequestLineTest, SaysEverythingThatIsKnown) {
  record_.seq = 9;
  record_.attributed_bytes = 12 * kMegabyte + kMegabyte / 2;
  const json parsed = line();
  EXPECT_EQ(parsed["time"], "2026-11-21T02:23:55.012500Z");
  EXPECT_EQ(parsed["level"], "INFO");
  EXPECT_EQ(parsed["event"], "request");
  EXPECT_EQ(parsed["schema"], 1);
  EXPECT_EQ(parsed["pid"], 4711);
  EXPECT_EQ(parsed["seq"], 9);
  EXPECT_EQ(parsed["status"], 200);
  EXPECT_EQ(parsed["request_time"], 0.0125);
  EXPECT_EQ(parsed["memory_before"], 100.0);
  EXPECT_EQ(parsed["memory_after"], 112.5);
  EXPECT_EQ(parsed["memory_growth"], 12.5);
  EXPECT_EQ(parsed["touched"], 12.5);
  EXPECT_EQ(parsed["attributed_growth"], 12.5);
  EXPECT_EQ(parsed["allocated_objects"], 600);
  EXPECT_EQ(parsed["gc_time_ms"], 0.5);
  EXPECT_EQ(parsed["gc_count"], 1);
  EXPECT_EQ(parsed["gc_stats_before"]["count"], 11);
  EXPECT_EQ(parsed["gc_stats_after"]["heap_live_slots"], 22);
  EXPECT_EQ(parsed["route"], "/orders/{id}");
  EXPECT_EQ(parsed["thread"], 7);
}

TEST_F(RequestLineTest, WhatIsUnknownIsAbsent) {
  record_.status = kUnknownCount;
  record_.after.process.rss_bytes = kUnknown;
  record_.touched_bytes = kUnknown;
  record_.attributed_bytes = kUnknownSigned;
  const json parsed = line();
  for (const char* key : {"status", "memory_after", "memory_growth", "touched", "attributed_growth",
                          "threshold", "error", "controller", "request_id", "query_cache_before",
                          "objects_before", "truncated", "unclosed"}) {
    EXPECT_FALSE(parsed.contains(key)) << key;
  }
}

TEST_F(RequestLineTest, CountersThatUnderflowedOrRanBackwardsAreAbsent) {
  record_.after.ruby.gc_major_count = 0;
  record_.after.ruby.gc_counters[1] = 18446744073709330187U;
  const json parsed = line();
  EXPECT_FALSE(parsed.contains("gc_major_count"));
  EXPECT_FALSE(parsed["gc_stats_after"].contains("heap_live_slots"));
}

TEST_F(RequestLineTest, AShrinkingProcessHasNegativeGrowth) {
  record_.after.process.rss_bytes = 99 * kMegabyte;
  EXPECT_EQ(line()["memory_growth"], -1.0);
}

TEST_F(RequestLineTest, AWarningHasItsThreshold) {
  record_.warned = true;
  record_.threshold_bytes = 10 * kMegabyte;
  EXPECT_EQ(line()["level"], "WARN");
  EXPECT_EQ(line()["threshold"], 10.0);
}

TEST_F(RequestLineTest, HostileTextStaysOneLineOfJson) {
  const std::string hostile("/\xff\xfe\n\r\"\\\0\x1b[31m\xE2\x80\xA8\xC2\x85{\"level\":\"WARN\"}",
                            35);
  for (const Text which : {Text::kUrl, Text::kRequestId, Text::kController, Text::kRoute,
                           Text::kError, Text::kThread}) {
    record_.texts.set(which, hostile);
  }
  const std::string out = text();
  EXPECT_EQ(out.find('\n'), out.size() - 1);
  for (const char byte : out.substr(0, out.size() - 1)) {
    EXPECT_TRUE(byte >= 0x20 && byte < 0x7f) << static_cast<int>(byte);
  }
  const json parsed = json::parse(out);
  EXPECT_EQ(parsed["level"], "INFO");
  EXPECT_NE(parsed["url"].get<std::string>().find("\n\r\"\\"), std::string::npos);
}

TEST_F(RequestLineTest, NamesWhatWasCut) {
  record_.texts.set(Text::kUrl, std::string(100'000, 'x'));
  record_.texts.set(Text::kRequestId, std::string(10'000, 'y'));
  EXPECT_EQ(line()["truncated"], json::parse(R"(["request_id","url"])"));
}

TEST_F(RequestLineTest, ConstantFieldsAreOnTheLine) {
  context_.constant_members = R"("service":"shop","release":7)";
  EXPECT_EQ(line()["service"], "shop");
  EXPECT_EQ(line()["release"], 7);
}

TEST_F(RequestLineTest, ObjectCountsWithoutTheTypesThatAreNotThere) {
  record_.has_object_counts = true;
  record_.objects_before.counts[0] = 1000;
  record_.objects_after.counts[6] = 12;
  EXPECT_EQ(line()["objects_before"], json::parse(R"({"TOTAL":1000})"));
  EXPECT_EQ(line()["objects_after"], json::parse(R"({"T_STRING":12})"));
}

}  // namespace
}  // namespace memory_tracker
