#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/output/writer.hpp"
#include "support/recovery_fixture.hpp"

namespace memory_tracker {
namespace {

using nlohmann::json;
using testing::RecoveryTest;
using testing::sample_record;

StampedRecord* first_place(FlightRecorder& recorder) {
  auto* memory = reinterpret_cast<char*>(&recorder.header());
  return reinterpret_cast<StampedRecord*>(memory + kRecorderHeaderBytes) +
         recorder.header().slot_count;
}

TEST_F(RecoveryTest, ASinkThatFailsLosesNothing) {
  die_after(leave_two_finished_and_one_in_flight);
  {
    testing::SinkContents contents;
    contents.error = ENOSPC;
    testing::MemorySink sink(contents);
    Recovery recovery(folder_.path(), "app", complaints_);
    recovery.find();
    EXPECT_EQ(recovery.write(sink, LineContext{}), ENOSPC);
  }
  EXPECT_EQ(recover().size(), 3U);
}

TEST_F(RecoveryTest, WhoGoesOnAfterAFullDiskRepeatsNothing) {
  die_after([](FlightRecorder& recorder) {
    RequestRecord record = sample_record();
    for (int index = 0; index < 4; ++index) recorder.ring().append(record);
    first_place(recorder)->stamp.store(0);  // killed while it copied the record
  });
  testing::SinkContents contents;
  contents.lines_left = 2;
  {
    testing::MemorySink sink(contents);
    Recovery recovery(folder_.path(), "app", complaints_);
    recovery.find();
    EXPECT_EQ(recovery.write(sink, LineContext{}), ENOSPC);
  }
  std::vector<uint64_t> told;
  std::istringstream text(contents.text());
  for (std::string line; std::getline(text, line);) told.push_back(json::parse(line)["seq"]);
  for (const json& line : recover()) {
    if (line["event"] == "request") told.push_back(line["seq"]);
  }
  EXPECT_EQ(told, (std::vector<uint64_t>{2, 3, 4}));
}

TEST_F(RecoveryTest, ALongQueueIsTakenInPieces) {
  constexpr uint32_t kLongQueue = 2000;
  die_after(
      [](FlightRecorder& recorder) {
        RequestRecord record = sample_record();
        for (uint32_t index = 0; index < kLongQueue; ++index) recorder.ring().append(record);
      },
      kLongQueue);
  testing::SinkContents contents;
  testing::MemorySink sink(contents);
  Recovery recovery(folder_.path(), "app", complaints_);
  recovery.find();
  EXPECT_EQ(recovery.write(sink, LineContext{}), 0);
  EXPECT_EQ(recovery.lines(), kLongQueue + 1);
  EXPECT_GT(contents.writes, 10) << "the lines of all records lay in memory at once";
}

TEST_F(RecoveryTest, AWriterTellsThatItsSinkDoesNotTakeThem) {
  die_after(leave_two_finished_and_one_in_flight);
  testing::SinkContents contents;
  contents.lines_left = 1;  // for "started"
  FlightRecorder own(RecorderMemory::anonymous(FlightRecorder::bytes_for(kQueue)), kQueue, {});
  const RequestTotals totals;
  WriterOptions options;
  options.flush_interval = std::chrono::milliseconds(1);
  options.recorder_folder = folder_.path();
  options.application_key = "app";
  auto* writer = new Writer(own, std::make_unique<testing::MemorySink>(contents), complaints_,
                            totals, LineContext{}, options);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (writer->sink_error().empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(complaints_.standing().size(), 1U);
  EXPECT_EQ(writer->sink_error(), "No space left on device");
  contents.lines_left = UINT64_MAX;
  EXPECT_TRUE(writer->stop(std::chrono::seconds(5)));
  EXPECT_TRUE(complaints_.standing().empty());
  EXPECT_NE(contents.text().find("worker_died"), std::string::npos);
}

}  // namespace
}  // namespace memory_tracker
