#pragma once

#include <ruby.h>

#include <cstdint>
#include <string>

namespace memory_tracker {

// What can be said of any object without calling a method of its own, of its class, or allocating.

// The name of its class, whatever the class answers to `name`. "(anonymous Struct)" for one that
// has none, after the nearest ancestor that has.
std::string class_name_of(VALUE klass);

// What it takes by itself: its slot and its buffer, as ObjectSpace.memsize_of. Classes and modules
// count as their slot: asking them is known to crash.
uint64_t size_bytes(VALUE object) noexcept;

}  // namespace memory_tracker
