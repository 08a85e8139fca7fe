#include "core/growth_evidence.hpp"

#include "core/process/huge_pages.hpp"
#include "core/this_process.hpp"

namespace memory_tracker {

GrowthEvidence gather_evidence(const Flight& flight, const RequestRecord& record,
                               const ThreadReading& reading) noexcept {
  ThisProcess& process = ThisProcess::instance();
  GrowthEvidence evidence;
  evidence.alone = !record.shared_scope;
  evidence.rss_before_bytes = record.before.process.rss_bytes;
  evidence.rss_after_bytes = record.after.process.rss_bytes;
  evidence.touched_bytes = record.touched_bytes;
  evidence.huge_pages = huge_pages_everywhere();
  if (reading.same_work_as(flight.at_begin) && reading.rss_growth_bytes != kUnknownSigned) {
    evidence.sliced_bytes = reading.rss_growth_bytes - flight.at_begin.rss_growth_bytes;
  }
  evidence.copies = process.is_a_fork() || process.has_forked();
  const uint64_t gc_pages = increase(flight.at_begin.gc_faulted_pages, reading.gc_faulted_pages);
  if (gc_pages != kUnknown) {
    evidence.gc_touched_bytes = gc_pages * ResidentMemory::page_bytes();
  } else {
    evidence.collected = record.before.ruby.gc_count != record.after.ruby.gc_count;
    evidence.copied_by_gc = evidence.copies && evidence.collected;
  }
  evidence.course_before = flight.course_at_begin;
  evidence.course_after = process.course().observe(record.after.process.rss_bytes);
  return evidence;
}

}  // namespace memory_tracker
