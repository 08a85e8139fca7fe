#include "core/work_figures.hpp"

#include "core/process/resident_memory.hpp"

namespace memory_tracker {
namespace {

void settle_allocations(RequestRecord& record, const ThreadReading& begin, const ThreadReading& end,
                        bool own) noexcept {
  const uint64_t by_thread =
      own ? increase(begin.allocated_objects, end.allocated_objects) : kUnknown;
  if (by_thread != kUnknown) {
    record.allocation_scope = FigureScope::kThread;
    record.allocated_objects = by_thread;
    return;
  }
  record.allocation_scope = FigureScope::kProcess;
  record.allocated_objects =
      increase(record.before.ruby.allocated_objects, record.after.ruby.allocated_objects);
}

void settle_collections(RequestRecord& record, const ThreadReading& begin, const ThreadReading& end,
                        bool own) noexcept {
  const uint64_t by_thread = own ? increase(begin.gc_ns, end.gc_ns) : kUnknown;
  const uint64_t by_all = increase(begin.process_gc_ns, end.process_gc_ns);
  if (by_thread != kUnknown && by_all != kUnknown && by_all >= by_thread) {
    record.gc_scope = FigureScope::kThread;
    record.gc_time_ns = by_thread;
    record.gc_wait_ns = by_all - by_thread;
    return;
  }
  record.gc_scope = FigureScope::kProcess;
  record.gc_time_ns = increase(record.before.ruby.gc_time_ns, record.after.ruby.gc_time_ns);
  // Collections that took no time: GC.measure_total_time is off, and 0 would be a claim.
  const uint64_t runs = increase(record.before.ruby.gc_count, record.after.ruby.gc_count);
  if (record.gc_time_ns == 0 && runs != kUnknown && runs > 0) record.gc_time_ns = kUnknown;
}

}  // namespace

void settle_work(RequestRecord& record, const ThreadReading& begin,
                 const ThreadReading& end) noexcept {
  const bool own = end.same_work_as(begin);
  settle_allocations(record, begin, end, own);
  settle_collections(record, begin, end, own);
  if (!own) return;
  record.allocated_bytes = increase(begin.allocated_bytes, end.allocated_bytes);
  record.freed_bytes = increase(begin.freed_bytes, end.freed_bytes);
  if (end.migrating) return;
  const uint64_t pages =
      increase(record.before.process.faulted_pages, record.after.process.faulted_pages);
  if (pages != kUnknown) record.touched_bytes = pages * ResidentMemory::page_bytes();
}

}  // namespace memory_tracker
