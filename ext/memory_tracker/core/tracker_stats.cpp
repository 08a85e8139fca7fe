#include "core/tracker_stats.hpp"

#include "core/session.hpp"
#include "core/this_process.hpp"

namespace memory_tracker {

TrackerStats collect_stats(Session* session) {
  TrackerStats stats;
  if (session == nullptr) return stats;
  const RequestTotals& totals = session->totals();
  stats.requests = totals.requests.load(std::memory_order_relaxed);
  stats.warnings = totals.warnings.load(std::memory_order_relaxed);
  stats.sampled_out = totals.sampled_out.load(std::memory_order_relaxed);
  stats.unclosed = totals.unclosed.load(std::memory_order_relaxed);
  stats.object_count_samples = totals.object_count_samples.load(std::memory_order_relaxed);
  stats.dropped = session->recorder().header().dropped.load(std::memory_order_relaxed);
  stats.in_flight = ThisProcess::instance().in_flight();
  stats.queue_used = session->recorder().ring().used();
  stats.recorder_path = session->recorder().path();
  const Writer::Figures writer = session->writer().figures();
  stats.lines = writer.lines;
  stats.bytes = writer.bytes;
  stats.writer_cpu_ns = writer.cpu_ns;
  stats.own_bytes = writer.own_bytes;
  stats.sink = session->writer().sink_description();
  stats.sink_error = session->writer().sink_error();
  stats.request_overhead_ns = totals.mean_own_ns();
  return stats;
}

}  // namespace memory_tracker
