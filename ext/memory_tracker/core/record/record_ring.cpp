#include "core/record/record_ring.hpp"

namespace memory_tracker {

bool RecordRing::append(RequestRecord& record) noexcept {
  record.seq = header_->last_seq.fetch_add(1, std::memory_order_relaxed) + 1;
  uint64_t position = header_->head.load(std::memory_order_relaxed);
  do {
    if (position - header_->tail.load(std::memory_order_acquire) >= capacity_) {
      header_->dropped.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
  } while (!header_->head.compare_exchange_weak(position, position + 1, std::memory_order_relaxed));
  StampedRecord& place = slots_[position % capacity_];
  // Unstamped before the payload changes: a reader after a kill must not take the half-written new
  // record for the whole old one. A kill lets all happen that came before it in the program and
  // nothing that came after, so it is only the compiler that must keep the order.
  place.stamp.store(0, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  copy_record(place.record, record, header_->gc_counter_count);
  place.stamp.store(position + 1, std::memory_order_release);
  return true;
}

const RequestRecord* RecordRing::peek(uint64_t offset) const noexcept {
  const uint64_t position = header_->tail.load(std::memory_order_relaxed) + offset;
  if (offset >= capacity_) return nullptr;
  const StampedRecord& place = slots_[position % capacity_];
  return place.stamp.load(std::memory_order_acquire) == position + 1 ? &place.record : nullptr;
}

void RecordRing::consume(uint64_t count) noexcept {
  header_->tail.fetch_add(count, std::memory_order_release);
}

}  // namespace memory_tracker
