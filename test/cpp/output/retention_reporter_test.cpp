#include "core/output/retention_reporter.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/sample_record.hpp"

namespace memory_tracker {
namespace {

using nlohmann::json;

constexpr int64_t kSecond = 1'000'000'000;

class RetentionReporterTest : public ::testing::Test {
 protected:
  std::vector<json> collect(int64_t now_ns, bool last = false) {
    LineBatch batch;
    reporter_.collect(batch, context_, now_ns, last);
    std::vector<json> lines;
    std::istringstream text{std::string(batch.pending())};
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }
  void post(const EndpointReport& report) {
    RetentionMailbox::Reports reports;
    reports.endpoints.push_back(report);
    mailbox_.post(reports);
  }
  void post(const ProcessRetention& process) {
    RetentionMailbox::Reports reports;
    reports.process = process;
    mailbox_.post(reports);
  }
  static EndpointReport leak() {
    EndpointReport report;
    report.endpoint = "orders#show";
    report.verdict = EndpointVerdict::kLeaking;
    report.samples = 120;
    report.kept_objects = {5.0024, 4.8, 5.25};
    report.kept_bytes = {8192, 8000, 8400};
    report.sites = {{"Order", "app/models/order.rb:42", 0.75}, {"String", "app/x.rb:7", 0.25}};
    return report;
  }

  RetentionMailbox mailbox_;
  LineContext context_{4711, 100 * kSecond, R"("service":"shop")", {}};
  RetentionReporter reporter_{mailbox_, 1, 0};
};

TEST_F(RetentionReporterTest, AVerdictThatChangedIsToldOnceAndAgainAfterTenMinutes) {
  post(leak());
  const auto lines = collect(20 * kSecond);
  ASSERT_EQ(lines.size(), 1U);
  const json& line = lines[0];
  EXPECT_EQ(line["event"], "retention");
  EXPECT_EQ(line["level"], "WARN");
  EXPECT_EQ(line["time"], "1970-01-01T00:02:00.000000Z");
  EXPECT_EQ(line["schema"], 1);
  EXPECT_EQ(line["pid"], 4711);
  EXPECT_EQ(line["service"], "shop");
  EXPECT_EQ(line["endpoint"], "orders#show");
  EXPECT_EQ(line["verdict"], "leaking");
  EXPECT_EQ(line["samples"], 120);
  EXPECT_FALSE(line.contains("samples_needed"));
  EXPECT_EQ(line["kept_objects"], json::parse(R"({"mean":5.002,"low":4.8,"high":5.25})"));
  EXPECT_EQ(line["kept_bytes"], json::parse(R"({"mean":8192.0,"low":8000.0,"high":8400.0})"));
  EXPECT_EQ(line["kept_per_1000_requests"]["mean"], 7.813);
  EXPECT_FALSE(line.contains("kept_per_hour")) << "the traffic is not known yet";
  EXPECT_EQ(line["sites"][0],
            json::parse(R"({"class":"Order","location":"app/models/order.rb:42","share":0.75})"));

  EXPECT_TRUE(collect(21 * kSecond).empty());
  post(leak());
  EXPECT_TRUE(collect(599 * kSecond).empty());
  const auto of_process = collect(600 * kSecond);
  ASSERT_EQ(of_process.size(), 1U);
  EXPECT_EQ(of_process[0]["verdict"], "warming up");
  EXPECT_FALSE(of_process[0].contains("old_objects_per_1000_requests"));
  EXPECT_TRUE(collect(619 * kSecond).empty());
  EXPECT_EQ(collect(620 * kSecond).size(), 1U);
  EndpointReport mended = leak();
  mended.verdict = EndpointVerdict::kClean;
  post(mended);
  const auto changed = collect(630 * kSecond);
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0]["level"], "INFO");
}

TEST_F(RetentionReporterTest, AnUnknownEndpointIsNoNewsUntilTenMinutesHavePassed) {
  EndpointReport report;
  report.endpoint = "orders#show";
  report.samples_needed = 17;
  post(report);
  EXPECT_TRUE(collect(kSecond).empty());
  const auto lines = collect(601 * kSecond);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["verdict"], "unknown");
  EXPECT_EQ(lines[0]["samples_needed"], 17);
  EXPECT_FALSE(lines[0].contains("kept_objects")) << "no sample yet, no claim";
}

TEST_F(RetentionReporterTest, InTheEndAnEndpointThatStayedUnknownIsToldOnce) {
  EndpointReport report;
  report.endpoint = "orders#index";
  report.samples = 12;
  report.samples_needed = 8;
  post(report);
  post(leak());
  EXPECT_EQ(collect(kSecond).size(), 1U) << "the leak";
  const auto lines = collect(2 * kSecond, true);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["endpoint"], "orders#index");
  EXPECT_EQ(lines[0]["verdict"], "unknown");
  EXPECT_EQ(lines[0]["samples_needed"], 8);
  EXPECT_TRUE(collect(3 * kSecond, true).empty())
      << "the last turn is repeated while the sink fails";
}

TEST_F(RetentionReporterTest, TrafficMakesMegabytesAnHourAndTheShareOfTheSlope) {
  RequestRecord record = testing::sample_record();
  record.texts.set(Text::kController, "orders");
  record.texts.set(Text::kAction, "show");
  for (int request = 0; request < 90; ++request) reporter_.note(record);
  record.texts.set(Text::kAction, "index");
  for (int request = 0; request < 810; ++request) reporter_.note(record);
  ProcessRetention process;
  process.verdict = ProcessVerdict::kLeaking;
  process.major_gcs = 40;
  process.slope = Estimate{0.625, 0.6, 0.65};
  post(process);
  post(leak());
  const auto lines = collect(30 * kSecond);
  ASSERT_EQ(lines.size(), 2U);
  // 90 requests in 30 seconds are 10,800 an hour, of 8 KiB.
  EXPECT_EQ(lines[0]["kept_per_hour"]["mean"], 84.375);
  EXPECT_EQ(lines[0]["kept_per_hour"]["low"], 82.397);
  EXPECT_EQ(lines[0]["slope_share"], 0.8) << "5 objects in a tenth of the requests, of 0.625";
  EXPECT_EQ(lines[1]["event"], "verdict");
  EXPECT_EQ(lines[1]["level"], "WARN");
  EXPECT_EQ(lines[1]["verdict"], "leaking");
  EXPECT_EQ(lines[1]["major_gcs"], 40);
  EXPECT_EQ(lines[1]["old_objects_per_1000_requests"],
            json::parse(R"({"mean":625.0,"low":600.0,"high":650.0})"));
  std::vector<EndpointTraffic> traffic;
  ASSERT_TRUE(mailbox_.take_traffic(traffic));
  EXPECT_EQ(traffic.size(), 2U);
}

TEST_F(RetentionReporterTest, AHostileClassNameIsJson) {
  EndpointReport report = leak();
  report.sites = {{"Or\"der\n", "\xff\xfe.rb:1", 1}};
  post(report);
  const auto lines = collect(kSecond);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["sites"][0]["class"], "Or\"der\n");
}

}  // namespace
}  // namespace memory_tracker
