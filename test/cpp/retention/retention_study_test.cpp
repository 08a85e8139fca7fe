#include "core/retention/retention_study.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace memory_tracker {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

RetentionOptions every_request() {
  RetentionOptions options;
  options.mode = RetentionOptions::Mode::kRate;
  options.rate = 1;
  return options;
}

class RetentionStudyTest : public ::testing::Test {
 protected:
  uint64_t follow(const std::string& endpoint, uint64_t allocated = 1000,
                  uint32_t reservoir = 200) {
    return study_.follow({endpoint, ++requests_, major_gcs_, now_ns_, allocated, reservoir});
  }
  // One sample, looked at once.
  bool look(const std::string& endpoint, uint64_t objects) {
    return study_.survived(follow(endpoint), 0, objects, objects * 40, {});
  }

  RetentionStudy study_{every_request(), 0};
  uint64_t requests_ = 0;
  uint64_t major_gcs_ = 10;
  int64_t now_ns_ = kSecond;
};

TEST_F(RetentionStudyTest, WhatTheReservoirShowsStandsForAll) {
  for (int sample = 0; sample < 20; ++sample) look("orders#index", 1);
  const RetentionReport report = study_.report();
  ASSERT_EQ(report.endpoints.size(), 1U);
  EXPECT_EQ(report.endpoints[0].endpoint, "orders#index");
  EXPECT_EQ(report.endpoints[0].samples, 20U);
  EXPECT_DOUBLE_EQ(report.endpoints[0].kept_objects.mean, 5) << "200 of 1,000 are followed";
  EXPECT_DOUBLE_EQ(report.endpoints[0].kept_bytes.mean, 200);
}

TEST_F(RetentionStudyTest, ASampleIsDoneWhenNothingIsLeft) {
  const uint64_t gone = follow("a");
  EXPECT_FALSE(study_.survived(gone, 0, 0, 0, {}));
  const uint64_t kept = follow("a");
  EXPECT_TRUE(study_.survived(kept, 0, 3, 120, {}));
  EXPECT_FALSE(study_.survived(kept, 2, 3, 120, {})) << "a look is missing";
  EXPECT_TRUE(study_.survived(kept, 1, 3, 120, {}));
  EXPECT_FALSE(study_.survived(kept, 2, 3, 120, {})) << "the last look";
  EXPECT_FALSE(study_.survived(kept, 2, 3, 120, {})) << "and nothing after it";
  EXPECT_EQ(study_.figures().pending, 0U);
  EXPECT_EQ(study_.report().endpoints.at(0).samples, 2U);
}

TEST_F(RetentionStudyTest, AnAbandonedSampleLeavesWhatItShowed) {
  const uint64_t sample = follow("a");
  study_.survived(sample, 0, 2, 80, {});
  study_.abandon(sample);
  study_.abandon(follow("a"));
  study_.abandon(12345);
  EXPECT_EQ(study_.figures().pending, 0U);
  EXPECT_EQ(study_.figures().abandoned, 2U);
  EXPECT_EQ(study_.report().endpoints.at(0).samples, 1U);
  EXPECT_DOUBLE_EQ(study_.report().endpoints.at(0).kept_objects.mean, 10);
}

TEST_F(RetentionStudyTest, ARequestThatAllocatedNothingKeepsNothing) {
  EXPECT_EQ(follow("a", 0, 0), 0U);
  EXPECT_EQ(study_.report().endpoints.at(0).samples, 1U);
  EXPECT_EQ(study_.figures().pending, 0U);
}

TEST_F(RetentionStudyTest, PendingSamplesAreBounded) {
  std::vector<uint64_t> samples;
  for (size_t sample = 0; sample < RetentionStudy::kMaxUnseen; ++sample) {
    samples.push_back(follow("a"));
    ASSERT_NE(samples.back(), 0U);
  }
  EXPECT_EQ(follow("a"), 0U);
  EXPECT_EQ(study_.figures().refused, 1U);
  EXPECT_FALSE(study_.choose("/a", now_ns_)) << "nobody is sampled in vain";
  study_.survived(samples[0], 0, 0, 0, {});
  EXPECT_TRUE(study_.choose("/a", now_ns_));
  EXPECT_NE(follow("a"), 0U);
  for (size_t sample = 1; sample < samples.size(); ++sample) {
    study_.survived(samples[sample], 0, 1, 40, {});
  }
  uint64_t last = 1;
  for (size_t sample = 0; sample < 2 * RetentionStudy::kMaxPending && last != 0; ++sample) {
    last = follow("a");
    if (last != 0) study_.survived(last, 0, 1, 40, {});
  }
  EXPECT_EQ(last, 0U);
  EXPECT_LE(study_.figures().pending, RetentionStudy::kMaxPending);
}

TEST_F(RetentionStudyTest, EndpointsBeyondTheBoundAreOther) {
  for (int path = 0; path < 1000; ++path) {
    const std::string name = "/" + std::to_string(path) + "x";
    study_.choose("GET " + name, now_ns_);
    study_.learn_endpoint("GET " + name, name);
    look(name, 0);
  }
  const RetentionReport report = study_.report();
  EXPECT_EQ(report.endpoints.size(), RetentionStudy::kMaxEndpoints + 1);
  EXPECT_EQ(report.endpoints.back().endpoint, "other");
  EXPECT_EQ(report.endpoints.back().samples, 800U);
}

TEST_F(RetentionStudyTest, TheWriterGetsWhatChangedOnce) {
  look("a", 1);
  look("b", 0);
  study_.choose("/a", now_ns_ + 2 * kSecond);
  RetentionMailbox::Reports reports = study_.mailbox().take();
  EXPECT_EQ(reports.endpoints.size(), 2U);
  look("b", 0);
  study_.choose("/a", now_ns_ + 4 * kSecond);
  reports = study_.mailbox().take();
  ASSERT_EQ(reports.endpoints.size(), 1U);
  EXPECT_EQ(reports.endpoints[0].endpoint, "b");
  EXPECT_TRUE(study_.mailbox().take().empty());
}

TEST_F(RetentionStudyTest, ReportsThatNobodyTakesDoNotPileUp) {
  for (int round = 1; round < 50; ++round) {
    look("a", 1);
    study_.note_major_gc(++major_gcs_, 300'000, ++requests_, now_ns_ + round * kSecond);
  }
  const RetentionMailbox::Reports reports = study_.mailbox().take();
  ASSERT_EQ(reports.endpoints.size(), 1U);
  EXPECT_EQ(reports.endpoints[0].samples, 49U);
  ASSERT_TRUE(reports.process);
  EXPECT_EQ(reports.process->major_gcs, 49U);
}

TEST_F(RetentionStudyTest, SitesAreThoseOfSurvivorsThatStay) {
  for (int sample = 0; sample < 3; ++sample) {
    const uint64_t id = follow("a");
    study_.survived(id, 0, 10, 400,
                    {{"String", "lib/stray.rb:1", 9, 360}, {"Order", "app/order.rb:42", 1, 40}});
    study_.survived(id, 1, 1, 40, {{"Order", "app/order.rb:42", 1, 40}});
  }
  const EndpointReport report = study_.report().endpoints.at(0);
  ASSERT_EQ(report.sites.size(), 1U);
  EXPECT_EQ(report.sites[0].class_name, "Order");
  EXPECT_EQ(report.sites[0].location, "app/order.rb:42");
  EXPECT_DOUBLE_EQ(report.sites[0].share, 1);
}

TEST_F(RetentionStudyTest, UnknownSaysHowManySamplesAreNeeded) {
  for (int sample = 0; sample < 5; ++sample) look("a", 0);
  EndpointReport report = study_.report().endpoints.at(0);
  EXPECT_EQ(report.verdict, EndpointVerdict::kUndecided);
  ASSERT_GT(report.samples_needed, 0U);
  for (uint64_t left = report.samples_needed; left > 0; --left) {
    EXPECT_EQ(study_.report().endpoints.at(0).samples_needed, left);
    look("a", 0);
  }
  report = study_.report().endpoints.at(0);
  EXPECT_EQ(report.verdict, EndpointVerdict::kClean);
  EXPECT_LE(report.kept_objects.high, 1);
}

// A collector that runs often, and looking at each of its runs costs 0.08 % of the time: more than
// a quarter of the budget, which is what an application gets of which everything is known.
TEST(RetentionStudyBudgetTest, AFlatProcessOfWhichNothingIsKnownGetsSamples) {
  RetentionOptions options;
  options.mode = RetentionOptions::Mode::kBudget;
  RetentionStudy study(options, 0);
  int sampled = 0;
  for (int tenth = 1; tenth <= 1200 && sampled == 0; ++tenth) {
    const int64_t now_ns = tenth * kSecond / 10;
    study.note_cost(80'000);
    study.note_major_gc(static_cast<uint64_t>(tenth), 300'000, static_cast<uint64_t>(tenth) * 50,
                        now_ns);
    for (int request = 0; request < 50; ++request) {
      if (study.candidate() && study.choose("GET /", now_ns)) ++sampled;
    }
  }
  EXPECT_GT(sampled, 0) << "in two minutes";
}

}  // namespace
}  // namespace memory_tracker
