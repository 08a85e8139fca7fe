#include "binding/gc_counters.hpp"

namespace memory_tracker {
namespace {

// Symbols made from an ID are never collected nor moved.
VALUE symbol(const char* name) { return ID2SYM(rb_intern(name)); }

VALUE stat_of(VALUE key) { return SIZET2NUM(rb_gc_stat(key)); }

// Nanoseconds; GC.stat(:time) is cut to milliseconds and misses most collections.
uint64_t total_time_ns() noexcept {
  static const ID total_time = rb_intern("total_time");
  const VALUE nanoseconds = rb_funcallv(rb_mGC, total_time, 0, nullptr);
  return FIXNUM_P(nanoseconds) ? static_cast<uint64_t>(FIX2LONG(nanoseconds)) : kUnknown;
}

}  // namespace

bool GcCounters::known(VALUE key) {
  int failed = 0;
  rb_protect(stat_of, key, &failed);
  if (failed != 0) rb_set_errinfo(Qnil);
  return failed == 0;
}

GcCounters::GcCounters(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const VALUE key = symbol(name.c_str());
    if (names_.size() == kMaxGcCounters || !known(key)) continue;
    if (name == "major_gc_count") majors_at_ = names_.size();
    if (name == "total_allocated_objects") allocations_at_ = names_.size();
    symbols_[names_.size()] = key;
    names_.push_back(name);
  }
}

void GcCounters::read(RubyCounters& counters) const noexcept {
  static const VALUE major_gc_count = symbol("major_gc_count");
  static const VALUE total_allocated_objects = symbol("total_allocated_objects");
  static const bool counts_majors = known(major_gc_count);
  for (size_t index = 0; index < names_.size(); ++index) {
    counters.gc_counters[index] = rb_gc_stat(symbols_[index]);
  }
  counters.gc_time_ns = total_time_ns();
  counters.gc_count = rb_gc_count();
  if (majors_at_ < kMaxGcCounters) {
    counters.gc_major_count = counters.gc_counters[majors_at_];
  } else {
    counters.gc_major_count = counts_majors ? rb_gc_stat(major_gc_count) : kUnknown;
  }
  counters.allocated_objects = allocations_at_ < kMaxGcCounters
                                   ? counters.gc_counters[allocations_at_]
                                   : rb_gc_stat(total_allocated_objects);
}

}  // namespace memory_tracker
