#include "binding/stats_hash.hpp"

#include <string>

#include "binding/hash_member.hpp"
#include "binding/text_or_nil.hpp"

namespace memory_tracker {
namespace {

VALUE texts(const std::vector<std::string>& all) {
  const VALUE list = rb_ary_new();
  for (const std::string& text : all) rb_ary_push(list, text_or_nil(text));
  return list;
}

VALUE resident_check(const ResidentCheck& check) {
  const VALUE hash = rb_hash_new();
  set_member(hash, "statm_kib", ULL2NUM(check.statm_kib));
  set_member(hash, "process_memory_kib", ULL2NUM(check.process_memory_kib));
  set_member(hash, "agrees", check.agrees ? Qtrue : Qfalse);
  return hash;
}

}  // namespace

VALUE stats_hash(const TrackerStats& stats) {
  const VALUE hash = rb_hash_new();
  set_member(hash, "requests", ULL2NUM(stats.requests));
  set_member(hash, "warnings", ULL2NUM(stats.warnings));
  set_member(hash, "lines", ULL2NUM(stats.lines));
  set_member(hash, "bytes", ULL2NUM(stats.bytes));
  set_member(hash, "sampled_out", ULL2NUM(stats.sampled_out));
  set_member(hash, "dropped", ULL2NUM(stats.dropped));
  set_member(hash, "unclosed", ULL2NUM(stats.unclosed));
  set_member(hash, "in_flight", ULL2NUM(stats.in_flight));
  set_member(hash, "queue_used", ULL2NUM(stats.queue_used));
  set_member(hash, "object_count_samples", ULL2NUM(stats.object_count_samples));
  set_member(hash, "own_bytes", ULL2NUM(stats.own_bytes));
  set_member(hash, "writer_cpu_ms", DBL2NUM(static_cast<double>(stats.writer_cpu_ns) / 1e6));
  set_member(hash, "request_overhead_us",
             stats.request_overhead_ns ? DBL2NUM(*stats.request_overhead_ns / 1e3) : Qnil);
  set_member(hash, "recorder", text_or_nil(stats.recorder_path));
  set_member(hash, "sink", text_or_nil(stats.sink));
  set_member(hash, "sink_error", text_or_nil(stats.sink_error));
  set_member(hash, "degraded", texts(stats.degraded));
  set_member(hash, "rss_check",
             stats.resident_check ? resident_check(*stats.resident_check) : Qnil);
  return hash;
}

}  // namespace memory_tracker
