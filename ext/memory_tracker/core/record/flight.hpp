#pragma once

#include <cstdint>

#include "core/process/rss_course.hpp"
#include "core/record/recorder_layout.hpp"
#include "core/thread_account.hpp"

namespace memory_tracker {

// A request under way: its record in a slot of the recorder, and beside it what only this process
// needs to know to finish it.
struct Flight {
  StampedRecord* slot = nullptr;
  uint64_t generation = 0;  // of the request that holds the slot; 0: the slot is free
  uint64_t starts_at_begin = 0;
  RssCourse::Mark course_at_begin{};
  uint64_t execution = 0;    // the fiber that started it
  ThreadReading at_begin{};  // of the thread that started it
  int64_t own_ns = -1;       // spent in it by the tracker; -1: this one is not timed
  bool nested = false;       // within another one of the same fiber
  bool elsewhere = false;    // its work is done by another thread than its own
  bool retention_candidate = false;
  uint32_t sample = 0;    // of the retention sampler; 0: none
  bool answered = false;  // the application has returned; the body may still be under way

  RequestRecord& record() noexcept { return slot->record; }
};

}  // namespace memory_tracker
