#pragma once

#include <ruby.h>

#include "binding/native_tracker.hpp"

namespace memory_tracker {

// Defines what a request calls on MemoryTracker::Tracker as plain C methods: a call through Rice
// would cost 60 ns and two mallocs an argument, on every request. lib/memory_tracker/tracker.rb
// lists them.
// `unwrap` gives the object behind an instance of the class; it must not raise for one.
using Unwrap = NativeTracker& (*)(VALUE self);
void define_request_methods(VALUE tracker_class, Unwrap unwrap);

}  // namespace memory_tracker
