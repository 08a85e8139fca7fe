#include "core/record/text_area.hpp"

#include <algorithm>
#include <cstring>

namespace memory_tracker {
namespace {

bool continues_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// The longest prefix of at most `limit` bytes that does not end within a character. A run of more
// than three continuation bytes is no UTF-8, and is cut where the limit falls.
size_t cut_length(std::string_view bytes, size_t limit) noexcept {
  if (bytes.size() <= limit) return bytes.size();
  for (size_t back = 0; back <= 3 && back <= limit; ++back) {
    if (!continues_character(bytes[limit - back])) return limit - back;
  }
  return limit;
}

}  // namespace

void TextArea::set(Text text, std::string_view bytes) noexcept {
  const auto index = static_cast<size_t>(text);
  const size_t room = kCapacityBytes - used_;
  const size_t limit = std::min<size_t>(kTextRules[index].limit_bytes, room);
  const size_t length = cut_length(bytes, limit);
  const auto bit = static_cast<uint16_t>(1U << index);
  if (length < bytes.size()) {
    truncated_ |= bit;
  } else {
    truncated_ &= static_cast<uint16_t>(~bit);
  }
  std::memcpy(bytes_.data() + used_, bytes.data(), length);
  offsets_[index] = used_;
  lengths_[index] = static_cast<uint16_t>(length);
  used_ = static_cast<uint16_t>(used_ + length);
}

std::string_view TextArea::get(Text text) const noexcept {
  const auto index = static_cast<size_t>(text);
  const size_t offset = offsets_[index];
  const size_t length = lengths_[index];
  if (length == 0 || offset + length > kCapacityBytes) return {};
  return {bytes_.data() + offset, length};
}

}  // namespace memory_tracker
