#pragma once

#include <cstdint>

#include "core/record/recorder_layout.hpp"

namespace memory_tracker {

// The queue between the requests and the writer: a bounded ring in the recorder's memory. Any
// thread appends, one thread consumes; nobody waits and nobody is woken. 5 ns an append and the
// copy of the record.
//
// The consumer reads records in place and moves the tail only when they are in the sink. What a
// killed process had finished but not written is therefore still between tail and head.
class RecordRing {
 public:
  // `header` and `slots` stay the caller's and outlive the ring.
  RecordRing(RecorderHeader* header, StampedRecord* slots, uint32_t capacity) noexcept
      : header_(header), slots_(slots), capacity_(capacity) {}

  // Gives the record the next seq and copies it in. False when the ring is full: the seq is used
  // up and the record counted as dropped, so that the log shows the gap and its reason.
  bool append(RequestRecord& record) noexcept;

  // The record `offset` positions behind the tail, or null: not there yet. Valid until consume().
  const RequestRecord* peek(uint64_t offset) const noexcept;

  void consume(uint64_t count) noexcept;

  uint64_t head() const noexcept { return header_->head.load(std::memory_order_acquire); }
  uint64_t tail() const noexcept { return header_->tail.load(std::memory_order_acquire); }
  uint64_t used() const noexcept { return head() - tail(); }
  uint32_t capacity() const noexcept { return capacity_; }

 private:
  RecorderHeader* header_;
  StampedRecord* slots_;
  uint32_t capacity_;
};

}  // namespace memory_tracker
