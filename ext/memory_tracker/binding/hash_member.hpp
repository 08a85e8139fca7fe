#pragma once

#include <ruby.h>

namespace memory_tracker {

// hash[:key] = value
inline void set_member(VALUE hash, const char* key, VALUE value) {
  rb_hash_aset(hash, ID2SYM(rb_intern(key)), value);
}

}  // namespace memory_tracker
