#include "core/output/writer.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/memory_sink.hpp"
#include "support/sample_record.hpp"

namespace memory_tracker {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr uint32_t kQueue = 64;

class WriterTest : public ::testing::Test {
 protected:
  explicit WriterTest(std::chrono::nanoseconds flush_interval = 10s,
                      RetentionMailbox* retention = nullptr) {
    WriterOptions options;
    options.flush_interval = flush_interval;
    options.started_members = R"("version":"0")";
    options.retention = retention;
    writer_ = new Writer(recorder_, std::make_unique<testing::MemorySink>(contents_), complaints_,
                         totals_, LineContext{}, options);
  }
  ~WriterTest() override {
    contents_.error = 0;
    writer_->stop(5s);
  }

  void append(int count) {
    RequestRecord record = testing::sample_record();
    for (int index = 0; index < count; ++index) recorder_.ring().append(record);
  }
  std::vector<json> lines(const std::string& event) {
    std::vector<json> found;
    std::istringstream text(contents_.text());
    for (std::string line; std::getline(text, line);) {
      json parsed = json::parse(line);
      if (parsed["event"] == event) found.push_back(std::move(parsed));
    }
    return found;
  }

  testing::SinkContents contents_;
  Complaints complaints_;
  RequestTotals totals_;
  FlightRecorder recorder_{
      RecorderMemory::anonymous(FlightRecorder::bytes_for(kQueue)), kQueue, {}};
  Writer* writer_;  // leaked, as writers are
};

TEST_F(WriterTest, FlushBringsEveryRecordIntoTheSink) {
  append(50);
  ASSERT_TRUE(writer_->flush(5s));
  const auto requests = lines("request");
  ASSERT_EQ(requests.size(), 50U);
  for (size_t index = 0; index < requests.size(); ++index) {
    EXPECT_EQ(requests[index]["seq"], index + 1);
  }
  EXPECT_EQ(recorder_.ring().used(), 0U);
}

TEST_F(WriterTest, ABatchIsOneWrite) {
  ASSERT_TRUE(writer_->flush(5s));
  const int before = contents_.writes;
  append(50);
  ASSERT_TRUE(writer_->flush(5s));
  EXPECT_LE(contents_.writes - before, 2) << "the writer may wake between append and flush";
}

TEST_F(WriterTest, BeginsAndEndsWithALine) {
  append(3);
  ASSERT_TRUE(writer_->stop(5s));
  EXPECT_EQ(lines("started").size(), 1U);
  EXPECT_EQ(lines("stopped").size(), 1U);
  const std::string text = contents_.text();
  EXPECT_EQ(json::parse(text.substr(0, text.find('\n')))["event"], "started");
  EXPECT_EQ(json::parse(text.substr(text.rfind('\n', text.size() - 2) + 1))["event"], "stopped");
}

TEST_F(WriterTest, RecordsWaitWhileTheSinkFails) {
  contents_.error = ENOSPC;
  append(10);
  EXPECT_FALSE(writer_->flush(200ms));
  EXPECT_EQ(recorder_.ring().used(), 10U);
  EXPECT_EQ(writer_->sink_error(), "No space left on device");
  ASSERT_EQ(complaints_.standing().size(), 1U);
  contents_.error = 0;
  ASSERT_TRUE(writer_->flush(5s));
  EXPECT_EQ(lines("request").size(), 10U);
  EXPECT_EQ(writer_->sink_error(), "");
  EXPECT_TRUE(complaints_.standing().empty());
}

TEST_F(WriterTest, WhatDidNotFitIsTold) {
  contents_.error = EIO;
  append(kQueue + 36);
  contents_.error = 0;
  ASSERT_TRUE(writer_->flush(5s));
  const auto requests = lines("request");
  const auto dropped = lines("dropped");
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0]["count"], 36);
  EXPECT_EQ(requests.size(), kQueue);
  append(1);
  ASSERT_TRUE(writer_->flush(5s));
  EXPECT_EQ(lines("request").back()["seq"], kQueue + 37U);
  EXPECT_EQ(lines("dropped").size(), 1U) << "told once";
}

TEST_F(WriterTest, AHungSinkDoesNotHoldTheEnd) {
  contents_.error = EAGAIN;
  append(1);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(writer_->stop(100ms));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_EQ(recorder_.ring().used(), 1U) << "still there for the next process";
}

class RetentionWriterTest : public WriterTest {
 protected:
  explicit RetentionWriterTest(RetentionMailbox* mailbox = new RetentionMailbox)
      : WriterTest(10s, mailbox), mailbox_(mailbox) {}

  void post_leak() {
    EndpointReport leak;
    leak.endpoint = "orders#show";
    leak.verdict = EndpointVerdict::kLeaking;
    RetentionMailbox::Reports reports;
    reports.endpoints.push_back(leak);
    ASSERT_TRUE(mailbox_->post(reports));
  }

  RetentionMailbox* mailbox_;  // leaked with the writer that uses it
};

TEST_F(RetentionWriterTest, AVerdictThatChangedIsInTheLogAfterTheNextTurn) {
  ASSERT_TRUE(writer_->flush(5s));
  post_leak();
  append(1);
  ASSERT_TRUE(writer_->flush(5s));
  ASSERT_TRUE(writer_->stop(5s));
  ASSERT_EQ(lines("retention").size(), 1U);
  EXPECT_EQ(lines("retention")[0]["endpoint"], "orders#show");
}

TEST_F(RetentionWriterTest, AVerdictWaitsForASinkThatFailsAndComesOnce) {
  contents_.error = ENOSPC;
  post_leak();
  append(1);
  EXPECT_FALSE(writer_->flush(200ms));
  contents_.error = 0;
  ASSERT_TRUE(writer_->stop(5s));
  EXPECT_EQ(lines("retention").size(), 1U);
  EXPECT_EQ(lines("request").size(), 1U);
}

class FastWriterTest : public WriterTest {
 protected:
  FastWriterTest() : WriterTest(1ms) {}
};

TEST_F(FastWriterTest, DrainsByItself) {
  append(20);
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (recorder_.ring().used() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(lines("request").size(), 20U);
}

}  // namespace
}  // namespace memory_tracker
