#pragma once

#include <cstdint>

#include "core/process/rss_course.hpp"
#include "core/record/request_record.hpp"

namespace memory_tracker {

// What is known of a request when it ends, from which its share of the growth follows.
struct GrowthEvidence {
  bool alone = true;  // no other request ran meanwhile
  uint64_t rss_before_bytes = kUnknown;
  uint64_t rss_after_bytes = kUnknown;
  uint64_t touched_bytes = kUnknown;      // page faults of its own thread
  uint64_t gc_touched_bytes = 0;          // of those, within collections; 0 where that is not told
  int64_t sliced_bytes = kUnknownSigned;  // growth while its thread had the GVL
  bool huge_pages = false;                // a fault may have brought 2 MB
  bool collected = false;                 // a collection ran, and Ruby did not tell when
  bool copies = false;        // pages may be shared with a forked process: writing copies them
  bool copied_by_gc = false;  // so a collection did, and what it touched is not told
  RssCourse::Mark course_before{};
  RssCourse::Mark course_after{};
};

// Bytes of growth that belong to the request; kUnknownSigned where nothing can be said.
//
// Alone, it is the growth of the process: nobody else can have caused it, and it also sees what a
// request gave back and what its own helper threads took. A collection within it may give back what
// earlier requests left, and hide as much growth of this one. To add that again would blame a
// request for garbage of its own that is gone already, and call growth what did not grow.
//
// Beside others it is what the request's own thread touched, less what it touched within
// collections, as long as the process was seen to rise by as much. Where it was not, it is all of
// that when something hid the rise: the process fell by more than it rose, or collected unseen
// (before Ruby 3.3). Else the request gave back itself, or only copied, what it touched, and it is
// what the process kept.
//
// In a process that was forked, or has forked, pages are copied when they are written to, which is
// a fault and no growth, and most by the collector. Where Ruby does not tell when that runs, a
// collection there leaves only the rises as room.
//
// With huge pages everywhere a fault is a page of 4 KB or of 2 MB, nobody says which. What the
// process grew by while the thread had the GVL is taken then, where Ruby tells of its switches (3.2
// and newer); elsewhere the faults, unless the process rose by more than they can explain: then
// nothing is said.
int64_t attributed_growth_bytes(const GrowthEvidence& evidence) noexcept;

}  // namespace memory_tracker
