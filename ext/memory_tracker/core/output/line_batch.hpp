#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace memory_tracker {

// Lines on their way to the sink, and what each of them stands for: the writer may strike a record
// off the ring only when its line was accepted. One thread.
class LineBatch {
 public:
  struct Accepted {
    uint64_t lines = 0;
    uint64_t records = 0;
    uint64_t dropped_told = 0;
  };

  // Append a whole line here, then say what it was.
  std::string& text() noexcept { return text_; }
  void close_record_line() { lines_.push_back({text_.size(), true, 0}); }
  void close_dropped_line(uint64_t count) { lines_.push_back({text_.size(), false, count}); }
  void close_other_line() { lines_.push_back({text_.size(), false, 0}); }

  // Forgets the first `bytes`, which end with a line.
  Accepted accept(size_t bytes);

  std::string_view pending() const noexcept { return text_; }
  bool tells_drops() const noexcept;
  bool empty() const noexcept { return lines_.empty(); }
  uint64_t records() const noexcept;
  size_t capacity_bytes() const noexcept { return text_.capacity(); }

 private:
  struct Line {
    size_t end;
    bool record;
    uint64_t dropped_told;
  };

  std::string text_;
  std::deque<Line> lines_;
};

}  // namespace memory_tracker
