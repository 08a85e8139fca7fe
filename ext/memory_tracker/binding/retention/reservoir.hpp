#pragma once

#include <ruby.h>

#include <array>
#include <cstdint>

#include "binding/retention/call_site.hpp"

namespace memory_tracker {

// A uniform sample of the objects that somebody allocates, of fixed size: each of those offered so
// far is in it with the same probability. What falls out of it is as if it had never been here.
//
// The objects in it are kept alive by mark(), and stay where they are. Under the GVL; add() may be
// called within a NEWOBJ hook.
class Reservoir {
 public:
  static constexpr uint32_t kCapacity = 200;

  struct Entry {
    VALUE object;  // 0: let go
    CallSite site;
  };

  void restart(uint64_t seed) noexcept;

  // Counts an object. Nearly free where it is not drawn: the number of the next one that will be is
  // known in advance (Li's algorithm L).
  bool draws() noexcept {
    ++offered_;
    return size_ < kCapacity || offered_ == next_;
  }
  // Takes the object that was drawn.
  void add(VALUE object, const CallSite& site) noexcept;

  uint64_t offered() const noexcept { return offered_; }
  uint32_t size() const noexcept { return size_; }
  const Entry& operator[](uint32_t place) const noexcept { return entries_[place]; }

  void drop(uint32_t place) noexcept { entries_[place].object = 0; }

  void mark() const noexcept;
  void clear() noexcept { size_ = 0; }

 private:
  void draw_next() noexcept;
  double random() noexcept;  // in (0, 1)

  uint64_t offered_ = 0;
  uint64_t next_ = 0;
  uint32_t size_ = 0;
  double weight_ = 1;
  uint64_t random_state_ = 1;
  std::array<Entry, kCapacity> entries_;
};

}  // namespace memory_tracker
