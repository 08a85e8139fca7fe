#include "core/record/flight_recorder.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "support/sample_record.hpp"

namespace memory_tracker {
namespace {

constexpr uint32_t kQueue = 8;

class FlightRecorderTest : public ::testing::Test {
 protected:
  FlightRecorder recorder_{RecorderMemory::anonymous(FlightRecorder::bytes_for(kQueue)),
                           kQueue,
                           {"count", "heap_live_slots"}};
};

TEST_F(FlightRecorderTest, HeaderTellsAReaderWhatItNeeds) {
  const RecorderHeader& header = recorder_.header();
  EXPECT_EQ(std::string(header.magic, 8), "MEMTRACK");
  EXPECT_EQ(header.version, kRecorderVersion);
  EXPECT_EQ(header.record_bytes, sizeof(StampedRecord));
  EXPECT_EQ(header.ring_capacity, kQueue);
  EXPECT_STREQ(header.gc_counter_names[1], "heap_live_slots");
}

TEST_F(FlightRecorderTest, GivesRecordsBackInOrderWithGaplessNumbers) {
  RequestRecord record = testing::sample_record();
  for (int status = 200; status < 205; ++status) {
    record.status = status;
    ASSERT_TRUE(recorder_.ring().append(record));
  }
  for (uint64_t offset = 0; offset < 5; ++offset) {
    const RequestRecord* read = recorder_.ring().peek(offset);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(read->seq, offset + 1);
    EXPECT_EQ(read->status, static_cast<int>(200 + offset));
    EXPECT_EQ(read->texts.get(Text::kUrl), "/orders/17");
  }
  EXPECT_EQ(recorder_.ring().peek(5), nullptr);
}

TEST_F(FlightRecorderTest, AFullRingDropsAndCounts) {
  RequestRecord record = testing::sample_record();
  for (uint32_t index = 0; index < kQueue; ++index) ASSERT_TRUE(recorder_.ring().append(record));
  EXPECT_FALSE(recorder_.ring().append(record));
  EXPECT_FALSE(recorder_.ring().append(record));
  EXPECT_EQ(recorder_.header().dropped, 2U);
  recorder_.ring().consume(1);
  ASSERT_TRUE(recorder_.ring().append(record));
  EXPECT_EQ(recorder_.ring().peek(kQueue - 1)->seq, kQueue + 3U);
}

TEST_F(FlightRecorderTest, ManyThreadsAppendWithoutLosingOne) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20'000;
  std::atomic<bool> done{false};
  std::set<uint64_t> seen;
  std::thread consumer([&] {
    while (!done || recorder_.ring().used() > 0) {
      const RequestRecord* record = recorder_.ring().peek(0);
      if (record == nullptr) continue;
      EXPECT_EQ(record->texts.get(Text::kUrl), "/orders/17");
      seen.insert(record->seq);
      recorder_.ring().consume(1);
    }
  });
  std::vector<std::thread> producers;
  for (int index = 0; index < kThreads; ++index) {
    producers.emplace_back([&] {
      RequestRecord record = testing::sample_record();
      for (int turn = 0; turn < kEach; ++turn) recorder_.ring().append(record);
    });
  }
  for (std::thread& producer : producers) producer.join();
  done = true;
  consumer.join();
  EXPECT_EQ(seen.size() + recorder_.header().dropped, uint64_t{kThreads} * kEach);
}

TEST_F(FlightRecorderTest, ATokenFindsItsFlightUntilItIsReleased) {
  FlightToken token = kNoFlight;
  Flight* flight = recorder_.flights().claim(token);
  ASSERT_NE(flight, nullptr);
  EXPECT_EQ(recorder_.flights().find(token), flight);
  recorder_.flights().release(token);
  EXPECT_EQ(recorder_.flights().find(token), nullptr);
  FlightToken next = kNoFlight;
  EXPECT_EQ(recorder_.flights().claim(next), flight) << "the slot is used again";
  EXPECT_EQ(recorder_.flights().find(token), nullptr) << "but not by the old token";
}

TEST_F(FlightRecorderTest, MoreRequestsThanSlotsOfTheFileAreStillTracked) {
  std::set<Flight*> flights;
  std::vector<FlightToken> tokens;
  for (uint32_t index = 0; index < FlightRecorder::kSlotCount + 500; ++index) {
    FlightToken token = kNoFlight;
    Flight* flight = recorder_.flights().claim(token);
    ASSERT_NE(flight, nullptr);
    flights.insert(flight);
    tokens.push_back(token);
  }
  EXPECT_EQ(flights.size(), FlightRecorder::kSlotCount + 500U);
  EXPECT_EQ(recorder_.flights().claimed_beyond_file(), 500U);
  size_t under_way = 0;
  recorder_.flights().each([&](FlightToken, Flight&) { ++under_way; });
  EXPECT_EQ(under_way, tokens.size());
  for (const FlightToken token : tokens) recorder_.flights().release(token);
}

TEST_F(FlightRecorderTest, BeyondTheLastSlotThereIsNone) {
  FlightToken token = kNoFlight;
  for (size_t index = 0; index < InFlightSlots::kMaxFlights; ++index) {
    ASSERT_NE(recorder_.flights().claim(token), nullptr);
  }
  EXPECT_EQ(recorder_.flights().claim(token), nullptr);
}

}  // namespace
}  // namespace memory_tracker
