#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace memory_tracker {

// The texts of a record. The order is that of the names below and of the `truncated` list.
enum class Text : uint8_t {
  kRequestId,
  kMethod,
  kUrl,
  kController,
  kAction,
  kRoute,
  kError,
  kThread,
  kName,
  kFields,
};
constexpr size_t kTextCount = 10;

struct TextRule {
  const char* name;      // in the log
  uint16_t limit_bytes;  // what of it is kept
};
constexpr std::array<TextRule, kTextCount> kTextRules{{{"request_id", 128},
                                                       {"method", 16},
                                                       {"url", 512},
                                                       {"controller", 128},
                                                       {"action", 64},
                                                       {"route", 192},
                                                       {"error", 128},
                                                       {"thread", 32},
                                                       {"name", 128},
                                                       {"fields", 512}}};

// Texts of fixed total size without any allocation, so that a record stays a plain struct that can
// lie in a mapped file. What does not fit is cut, never refused, and remembered as cut.
//
// Bytes are taken as they come; making them valid UTF-8 is for whoever prints them. A cut never
// splits a UTF-8 character, so that a valid text stays valid.
class TextArea {
 public:
  static constexpr size_t kCapacityBytes = 608;

  void clear() noexcept {
    used_ = 0;
    truncated_ = 0;
    lengths_.fill(0);
  }

  // A text that is set again replaces the earlier one; the bytes of the earlier one stay used.
  void set(Text text, std::string_view bytes) noexcept;

  // Says that it was cut, and so that it is not to be printed where a part of it is worth nothing.
  void leave_out(Text text) noexcept {
    truncated_ |= static_cast<uint16_t>(1U << static_cast<unsigned>(text));
  }

  // Empty when it was not set. Safe on an area that was read from a damaged file.
  std::string_view get(Text text) const noexcept;

  bool truncated(Text text) const noexcept {
    return (truncated_ >> static_cast<unsigned>(text) & 1U) != 0;
  }
  bool any_truncated() const noexcept { return truncated_ != 0; }
  size_t used_bytes() const noexcept { return used_; }

 private:
  // The bytes come last: a copy of a record stops where they end.
  uint16_t used_;
  uint16_t truncated_;
  std::array<uint16_t, kTextCount> offsets_;
  std::array<uint16_t, kTextCount> lengths_;
  std::array<char, kCapacityBytes> bytes_;
};

}  // namespace memory_tracker
