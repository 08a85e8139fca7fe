#pragma once

#include <ruby.h>

namespace memory_tracker {

// Keeps an object that C++ holds from being collected, and from being moved by a compaction.
inline VALUE pinned(VALUE object) {
  rb_gc_register_mark_object(object);
  return object;
}

// Interned, so that a lookup by it compares pointers before bytes.
inline VALUE pinned_string(const char* text) { return pinned(rb_interned_str_cstr(text)); }

}  // namespace memory_tracker
