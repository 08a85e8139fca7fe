#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/retention/retention_options.hpp"

namespace memory_tracker {

enum class SinkKind { kFile, kStdout, kStderr, kDescriptor };

// Everything a Tracker is told, checked by the Ruby side before it comes here.
struct Options {
  uint64_t threshold_bytes = uint64_t{10} << 20;
  double sample_rate = 1.0;  // share of the lines below the threshold that is written

  std::chrono::nanoseconds flush_interval{100'000'000};
  std::optional<std::chrono::nanoseconds> process_sample_interval;
  uint32_t queue_size = 1024;  // records that can wait for the writer

  // Where the flight recorder's file goes; nothing: anonymous memory, lost with the process.
  std::optional<std::string> recorder_folder;
  std::string application_key;  // begins the recorder's file name: [A-Za-z0-9_-]+

  RetentionOptions retention;

  SinkKind sink = SinkKind::kStdout;
  std::string log_path;     // kFile: absolute
  int log_descriptor = -1;  // kDescriptor: the caller's, duplicated here

  std::string constant_fields_json = "{}";    // an object; its members go onto every line
  std::string started_fields_json = "{}";     // onto the "started" line
  std::vector<std::string> gc_counter_names;  // in the order of Snapshot::gc_counters
};

}  // namespace memory_tracker
