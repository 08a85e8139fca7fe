#include "binding/gc_counters.hpp"

namespace memory_tracker {
namespace {

// Symbols made from an ID are never collected nor moved.
VALUE symbol(const char* name) { return ID2SYM(rb_intern(name)); }

VALUE stat_of(VALUE key) { return SIZET2NUM(rb_gc_stat(key)); }

VALUE latest_of(VALUE key) { return rb_gc_latest_gc_info(key); }

bool answers(VALUE (*ask)(VALUE), VALUE key) {
  int failed = 0;
  rb_protect(ask, key, &failed);
  if (failed != 0) rb_set_errinfo(Qnil);
  return failed == 0;
}

// Whether no collection is half done. False where this Ruby does not tell.
bool collector_rests() {
  static const VALUE state = symbol("state");
  static const VALUE none = symbol("none");
  static const bool told = answers(latest_of, state);
  return told && rb_gc_latest_gc_info(state) == none;
}

// Nanoseconds; GC.stat(:time) is cut to milliseconds and misses most collections.
uint64_t ask_total_time_ns() {
  static const ID total_time = rb_intern("total_time");
  const VALUE nanoseconds = rb_funcallv(rb_mGC, total_time, 0, nullptr);
  return FIXNUM_P(nanoseconds) ? static_cast<uint64_t>(FIX2LONG(nanoseconds)) : kUnknown;
}

}  // namespace

// The method is asked only when its answer can have changed. Time passes in collections alone, and
// one that begins is counted; so with the collector at rest at the last asking and no collection
// begun since, it is what it was.
uint64_t GcCounters::total_time_ns() {
  static uint64_t known_ns = kUnknown;
  static uint64_t known_at = kUnknown;  // collections begun by then; unknown: do not trust
  const uint64_t collections = rb_gc_count();
  if (collections == known_at) return known_ns;
  // Before the method, which may let other threads run.
  const bool rests = collector_rests();
  known_ns = ask_total_time_ns();
  known_at = rests ? collections : kUnknown;
  return known_ns;
}

bool GcCounters::known(VALUE key) { return answers(stat_of, key); }

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

void GcCounters::read(RubyCounters& counters, uint64_t total_time_ns) const noexcept {
  static const VALUE major_gc_count = symbol("major_gc_count");
  static const VALUE total_allocated_objects = symbol("total_allocated_objects");
  static const bool counts_majors = known(major_gc_count);
  counters.gc_count = rb_gc_count();
  counters.gc_time_ns = total_time_ns;
  for (size_t index = 0, count = names_.size(); index < count; ++index) {
    counters.gc_counters[index] = rb_gc_stat(symbols_[index]);
  }
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
