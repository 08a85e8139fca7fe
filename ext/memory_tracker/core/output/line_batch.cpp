#include "core/output/line_batch.hpp"

#include <algorithm>
#include <numeric>

namespace memory_tracker {

LineBatch::Accepted LineBatch::accept(size_t bytes) {
  Accepted accepted;
  while (!lines_.empty() && lines_.front().end <= bytes) {
    const Line& line = lines_.front();
    ++accepted.lines;
    accepted.places += line.places;
    accepted.dropped_told += line.dropped_told;
    lines_.pop_front();
  }
  text_.erase(0, bytes);
  for (Line& line : lines_) line.end -= bytes;
  return accepted;
}

uint64_t LineBatch::places() const noexcept {
  return std::accumulate(lines_.begin(), lines_.end(), uint64_t{0},
                         [](uint64_t sum, const Line& line) { return sum + line.places; });
}

bool LineBatch::tells_drops() const noexcept {
  return std::any_of(lines_.begin(), lines_.end(),
                     [](const Line& line) { return line.dropped_told > 0; });
}

}  // namespace memory_tracker
