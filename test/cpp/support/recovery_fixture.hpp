#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/output/recovery.hpp"
#include "core/record/flight_recorder.hpp"
#include "support/memory_sink.hpp"
#include "support/sample_record.hpp"
#include "support/temporary_folder.hpp"

namespace memory_tracker::testing {

// A folder in which killed processes leave their recorders, for the test to look into.
class RecoveryTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kQueue = 8;

  static void leave_two_finished_and_one_in_flight(FlightRecorder& recorder) {
    RequestRecord record = sample_record();
    for (int index = 0; index < 3; ++index) recorder.ring().append(record);
    recorder.ring().consume(1);  // the first one is in the log already
    FlightToken token = kNoFlight;
    Flight* flight = recorder.flights().claim(token);
    flight->record() = sample_record();
    flight->record().texts.set(Text::kUrl, "/exports/5");
    flight->slot->stamp.store(flight->generation);
    recorder.header().last_seen_monotonic_ns =
        flight->record().before.process.monotonic_ns + 42'000'000'000;
  }
  // A process that makes a recorder, does `work` with it and is killed.
  pid_t die_after(const std::function<void(FlightRecorder&)>& work, uint32_t queue = kQueue,
                  const std::string& key = "app") {
    const pid_t child = fork();
    if (child == 0) {
      FlightRecorder recorder(
          RecorderMemory::in_folder(folder_.path(), key, FlightRecorder::bytes_for(queue)), queue,
          {"count", "heap_live_slots"});
      work(recorder);
      raise(SIGKILL);
    }
    waitpid(child, nullptr, 0);
    return child;
  }
  std::vector<nlohmann::json> recover(const std::string& key = "app") {
    SinkContents contents;
    MemorySink sink(contents);
    Recovery recovery(folder_.path(), key, complaints_);
    recovery.find();
    EXPECT_EQ(recovery.write(sink, LineContext{}), 0);
    std::vector<nlohmann::json> lines;
    std::istringstream text(contents.text());
    for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }
  std::string own_folder() const {
    return folder_ / ("memory_tracker-" + std::to_string(geteuid()));
  }
  std::string only_file() const {
    return std::filesystem::directory_iterator(own_folder())->path().string();
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(own_folder())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  TemporaryFolder folder_;
  Complaints complaints_;
};

}  // namespace memory_tracker::testing
