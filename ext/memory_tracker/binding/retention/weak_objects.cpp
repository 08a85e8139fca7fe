#include "binding/retention/weak_objects.hpp"

#include "binding/pinned.hpp"

namespace memory_tracker {
namespace {

VALUE new_map() {
  static const VALUE object_space = pinned(rb_const_get(rb_cObject, rb_intern("ObjectSpace")));
  static const VALUE weak_map = pinned(rb_const_get(object_space, rb_intern("WeakMap")));
  return rb_class_new_instance(0, nullptr, weak_map);
}

VALUE shared_map() {
  static const VALUE map = pinned(new_map());
  return map;
}

// Never used twice: in the shared map an old object of the same number would take the new one along
// when it dies.
int64_t next_number = 0;

}  // namespace

bool WeakObjects::room() {
  static const ID size = rb_intern("size");
  if (kLetsGo) return true;
  return NUM2ULL(rb_funcallv(shared_map(), size, 0, nullptr)) + Reservoir::kCapacity <= kMostHeld;
}

void WeakObjects::hold(const Reservoir& reservoir) {
  static const ID set = rb_intern("[]=");
  map_ = kLetsGo ? new_map() : shared_map();
  first_number_ = kLetsGo ? 0 : next_number;
  if (!kLetsGo) next_number += Reservoir::kCapacity;
  for (uint32_t place = 0; place < reservoir.size(); ++place) {
    const VALUE object = reservoir[place].object;
    if (object == 0) continue;
    const VALUE arguments[] = {LONG2FIX(first_number_ + place), object};
    rb_funcallv(map_, set, 2, arguments);
  }
}

void WeakObjects::look(Alive& alive) const {
  static const ID key = rb_intern("key?");
  for (uint32_t place = 0; place < Reservoir::kCapacity; ++place) {
    if (!alive[place]) continue;
    const VALUE number = LONG2FIX(first_number_ + place);
    if (!RTEST(rb_funcallv(map_, key, 1, &number))) alive.reset(place);
  }
}

}  // namespace memory_tracker
