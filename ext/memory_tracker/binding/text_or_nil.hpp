#pragma once

#include <ruby.h>

#include <string>

namespace memory_tracker {

inline VALUE text_or_nil(const std::string& text) {
  return text.empty() ? Qnil : rb_utf8_str_new(text.data(), static_cast<long>(text.size()));
}

}  // namespace memory_tracker
