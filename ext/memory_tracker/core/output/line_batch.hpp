#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace memory_tracker {

// Lines on their way to the sink, and what each of them stands for: a record may be struck off the
// ring only when its line was accepted. One thread.
class LineBatch {
 public:
  struct Accepted {
    uint64_t lines = 0;
    uint64_t places = 0;
    uint64_t dropped_told = 0;
  };

  // Append a whole line here, then say what it was. `places` of the ring are done with when a
  // record's line is accepted: its own, and those of torn records before it, which have no line.
  std::string& text() noexcept { return text_; }
  void close_record_line(uint64_t places = 1) { lines_.push_back({text_.size(), places, 0}); }
  void close_dropped_line(uint64_t count) { lines_.push_back({text_.size(), 0, count}); }
  void close_other_line() { lines_.push_back({text_.size(), 0, 0}); }

  // Forgets the first `bytes`, which end with a line.
  Accepted accept(size_t bytes);

  std::string_view pending() const noexcept { return text_; }
  bool full() const noexcept { return text_.size() >= kFullBytes; }
  bool tells_drops() const noexcept;
  bool empty() const noexcept { return lines_.empty(); }
  uint64_t places() const noexcept;
  size_t capacity_bytes() const noexcept { return text_.capacity(); }

 private:
  // Enough for fifty lines in one system call, and little enough to keep while a sink fails.
  static constexpr size_t kFullBytes = 64 * 1024;

  struct Line {
    size_t end;
    uint64_t places;
    uint64_t dropped_told;
  };

  std::string text_;
  std::deque<Line> lines_;
};

}  // namespace memory_tracker
