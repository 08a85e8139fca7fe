#pragma once

#include <ruby.h>

#include <cstdint>
#include <vector>

#include "binding/retention/counted_flight.hpp"
#include "binding/retention/known_texts.hpp"
#include "binding/retention/weak_objects.hpp"

namespace memory_tracker {

// A sampled request that has ended: weak references to its objects, and what is to be said of those
// that stay. All of it is read while the objects are still held: class, allocating line, and
// bytes, which are those at the request's end.
//
// Under the GVL.
class FollowedSample {
 public:
  // `id` is the study's. Calls no method.
  FollowedSample(uint64_t id, const CountedFlight& flight, KnownTexts& texts);

  // Both call methods, see WeakObjects.
  void hold(const Reservoir& reservoir) { weak_.hold(reservoir); }
  void look() { weak_.look(alive_); }

  // Forgets what is to be said of the others.
  void keep_survivors_only();

  // What was alive when it was last looked at.
  uint64_t alive() const noexcept { return alive_.count(); }
  uint64_t bytes() const noexcept;
  std::vector<SurvivorGroup> groups(const KnownTexts& texts, const ApplicationPaths& paths) const;

  void mark() const noexcept { weak_.mark(); }

  const uint64_t id;
  // At the request's end.
  const uint64_t major_gcs;
  const uint64_t process_requests;
  const int64_t monotonic_ns;
  const KnownTexts::Number endpoint;
  size_t checkpoint = 0;  // the next

 private:
  struct Object {
    uint32_t place;
    KnownTexts::Number class_name;
    KnownTexts::Number path;
    int32_t line;
    uint64_t bytes;

    bool same_site(const Object& other) const noexcept {
      return class_name == other.class_name && path == other.path && line == other.line;
    }
  };

  std::vector<Object> objects_;
  WeakObjects weak_;
  WeakObjects::Alive alive_;
};

}  // namespace memory_tracker
