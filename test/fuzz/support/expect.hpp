#pragma once

#include <stdexcept>
#include <string>

namespace memory_tracker::fuzz {

// What a target says when the code under it broke its promise: ends a fuzzer's run, and fails a
// test that replays the corpus.
class Broken : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void expect(bool holds, const std::string& promise) {
  if (!holds) throw Broken("broken promise: " + promise);
}

}  // namespace memory_tracker::fuzz
