#pragma once

#include <ruby.h>
#include <ruby/version.h>

#include <bitset>
#include <cstdint>

#include "binding/retention/reservoir.hpp"

namespace memory_tracker {

// Weak references to the objects of one reservoir, by their place in it. An ObjectSpace::WeakMap of
// numbers to objects, which is only ever asked which numbers it still has: nothing touches an
// object once it is only weakly held, so an entry that Ruby forgot to clear is a wrong figure and
// no crash.
//
// Before Ruby 3.3 a WeakMap gives each of its objects a finalizer, which cannot be taken back and
// keeps the map alive as long as the object. There all samples share one map, see kMostHeld.
//
// Under the GVL. hold() and look() call methods, so they raise what other threads throw at this
// one.
class WeakObjects {
 public:
  using Alive = std::bitset<Reservoir::kCapacity>;

  static constexpr bool kLetsGo = RUBY_API_VERSION_CODE >= 30300;

  // Objects that the shared map may hold: 250 bytes each, for as long as they live.
  static constexpr uint64_t kMostHeld = 20'000;
  // Whether there is room for another reservoir. Calls a method.
  static bool room();

  // Whether an object can be followed at all. One that has a finalizer of its own cannot, where the
  // map uses one too: who takes the one away takes both.
  static bool can_follow(VALUE object) noexcept {
    if (object == 0 || RBASIC_CLASS(object) == 0) return false;
    return kLetsGo || !RB_FL_TEST_RAW(object, RUBY_FL_FINALIZE);
  }

  void hold(const Reservoir& reservoir);
  // Clears the places of `alive` whose objects are gone.
  void look(Alive& alive) const;

  void mark() const noexcept { rb_gc_mark(map_); }

 private:
  VALUE map_ = Qnil;
  int64_t first_number_ = 0;
};

}  // namespace memory_tracker
