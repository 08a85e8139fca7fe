#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/process/thread_number.hpp"
#include "core/this_process.hpp"
#include "core/tracker.hpp"
#include "support/temporary_folder.hpp"

namespace memory_tracker::testing {

// A tracker that logs to a file, and requests that its test begins and ends on one thread.
class TrackerTest : public ::testing::Test {
 protected:
  static constexpr size_t kMegabyte = 1'048'576;
  static constexpr uint64_t kFiber = 1;

  ~TrackerTest() override {
    if (Session* session = tracker_.take_session()) session->close(std::chrono::seconds(5));
    for (const auto& [data, bytes] : kept_) munmap(data, bytes);
  }

  Options options() const {
    Options options;
    options.sink = SinkKind::kFile;
    options.log_path = log_;
    options.application_key = "test";
    options.recorder_folder = folder_.path();
    return options;
  }

  ThreadReading reading() {
    ThreadReading reading;
    reading.account = &account_;
    reading.interleavings = account_.interleavings;
    reading.native_thread = thread_number(ThisProcess::instance().generation());
    return reading;
  }
  FlightToken start(uint64_t fiber = kFiber) {
    FlightToken token = kNoFlight;
    Flight* flight = tracker_.start(token, Event::kRequest, fiber, reading());
    EXPECT_NE(flight, nullptr);
    std::memset(static_cast<void*>(&flight->record().before.ruby), 0, sizeof(RubyCounters));
    tracker_.announce(*flight);
    return token;
  }
  bool finish(FlightToken token) {
    Flight* flight = tracker_.find(token);
    if (flight == nullptr) return false;
    std::memset(static_cast<void*>(&flight->record().after.ruby), 0, sizeof(RubyCounters));
    return tracker_.finish(token, *flight, reading(), nullptr);
  }
  void keep(size_t megabytes) {
    const size_t bytes = megabytes * kMegabyte;
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(data, bytes, MADV_NOHUGEPAGE);
    std::memset(data, 1, bytes);
    kept_.emplace_back(data, bytes);
  }
  std::vector<nlohmann::json> requests() {
    EXPECT_TRUE(tracker_.open_session()->flush(std::chrono::seconds(5)));
    std::vector<nlohmann::json> found;
    std::istringstream text(read_file(log_));
    for (std::string line; std::getline(text, line);) {
      nlohmann::json parsed = nlohmann::json::parse(line);
      if (parsed["event"] == "request") found.push_back(std::move(parsed));
    }
    return found;
  }

  ThreadAccount account_;
  TemporaryFolder folder_;
  std::string log_ = folder_ / "app.log";
  Tracker tracker_{options()};
  std::vector<std::pair<void*, size_t>> kept_;
};

}  // namespace memory_tracker::testing
