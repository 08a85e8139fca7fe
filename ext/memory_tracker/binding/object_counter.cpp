#include "binding/object_counter.hpp"

#include <array>

#include "binding/pinned.hpp"
#include "core/clock.hpp"

namespace memory_tracker {
namespace {

std::array<VALUE, kObjectTypeCount> type_symbols() {
  std::array<VALUE, kObjectTypeCount> symbols;
  for (size_t index = 0; index < kObjectTypeCount; ++index) {
    symbols[index] = ID2SYM(rb_intern(kObjectTypes[index]));
  }
  return symbols;
}

}  // namespace

ObjectCounter::ObjectCounter(Mode mode) : mode_(mode), hash_(pinned(rb_hash_new())) {}

void ObjectCounter::count(ObjectCounts& objects) {
  static const ID count_objects = rb_intern("count_objects");
  static const std::array<VALUE, kObjectTypeCount> symbols = type_symbols();
  const int64_t began = thread_cpu_ns();
  static const VALUE object_space = pinned(rb_const_get(rb_cObject, rb_intern("ObjectSpace")));
  rb_funcallv(object_space, count_objects, 1, &hash_);
  for (size_t index = 0; index < kObjectTypeCount; ++index) {
    const VALUE number = rb_hash_lookup2(hash_, symbols[index], INT2FIX(0));
    objects.counts[index] = FIXNUM_P(number) ? static_cast<uint32_t>(FIX2LONG(number)) : 0;
  }
  // Two of them make a pair.
  const int64_t cost = 2 * (thread_cpu_ns() - began);
  next_ns_ = monotonic_ns() + cost * kBudgetShare;
}

}  // namespace memory_tracker
