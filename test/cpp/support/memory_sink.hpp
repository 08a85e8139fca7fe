#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <string>

#include "core/output/sink.hpp"

namespace memory_tracker::testing {

// What a sink was given. Shared with the test, because the writer owns (and leaks) the sink.
struct SinkContents {
  std::string text() const {
    const std::lock_guard<std::mutex> lock(mutex);
    return written;
  }

  mutable std::mutex mutex;
  std::string written;
  std::atomic<int> error{0};                     // errno that writes fail with
  std::atomic<uint64_t> lines_left{UINT64_MAX};  // that fit on the disk
  std::atomic<int> writes{0};
};

class MemorySink : public Sink {
 public:
  explicit MemorySink(SinkContents& contents) : contents_(contents) {}

  WriteResult write(std::string_view lines) noexcept override {
    ++contents_.writes;
    if (contents_.error != 0) return {0, contents_.error};
    size_t end = 0;
    while (end < lines.size() && contents_.lines_left > 0) {
      --contents_.lines_left;
      end = lines.find('\n', end) + 1;
    }
    const std::lock_guard<std::mutex> lock(contents_.mutex);
    contents_.written.append(lines.substr(0, end));
    return {end, end < lines.size() ? ENOSPC : 0};
  }
  const std::string& description() const noexcept override { return description_; }

 private:
  SinkContents& contents_;
  std::string description_ = "memory";
};

}  // namespace memory_tracker::testing
