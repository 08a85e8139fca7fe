#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace memory_tracker::fuzz {

// The bytes of one input, taken from the front as numbers and texts. What is used up gives zeros
// and empty texts, so that every input means something and a shorter one means less.
class ByteSource {
 public:
  explicit ByteSource(std::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  std::string_view take(size_t count) {
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() { return take(bytes_.size()); }

  // Up to `longest` bytes, behind a length of two.
  std::string text(size_t longest) { return std::string(take(number<uint16_t>() % (longest + 1))); }

  template <typename Number>
  Number number() {
    Number value{};
    fill(&value, sizeof value);
    return value;
  }

  // Overwrites as much of the memory as there are bytes left.
  void fill(void* memory, size_t size) {
    const std::string_view taken = take(size);
    if (!taken.empty()) std::memcpy(memory, taken.data(), taken.size());
  }

 private:
  std::string_view bytes_;
};

}  // namespace memory_tracker::fuzz
