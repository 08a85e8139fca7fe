#include "binding/retention/report_hash.hpp"

#include <algorithm>
#include <string>

#include "binding/hash_member.hpp"

namespace memory_tracker {
namespace {

// Names of endpoints and files are bytes from outside.
VALUE text(const std::string& bytes) {
  const VALUE string = rb_utf8_str_new(bytes.data(), static_cast<long>(bytes.size()));
  const VALUE whole = rb_str_scrub(string, Qnil);
  return NIL_P(whole) ? string : whole;
}

// :warming_up for "warming up".
VALUE verdict(const char* name) {
  std::string symbol(name);
  std::replace(symbol.begin(), symbol.end(), ' ', '_');
  return ID2SYM(rb_intern2(symbol.data(), static_cast<long>(symbol.size())));
}

VALUE estimate(const Estimate& estimate) {
  const VALUE hash = rb_hash_new();
  set_member(hash, "mean", DBL2NUM(estimate.mean));
  set_member(hash, "low", DBL2NUM(estimate.low));
  set_member(hash, "high", DBL2NUM(estimate.high));
  return hash;
}

VALUE scaled(const Estimate& of_one, double factor) {
  return estimate({of_one.mean * factor, of_one.low * factor, of_one.high * factor});
}

VALUE megabytes(const Estimate& bytes, double requests) {
  return scaled(bytes, requests / 1048576.0);
}

VALUE sites(const EndpointReport& endpoint) {
  const VALUE list = rb_ary_new();
  for (const KeptSite& site : endpoint.sites) {
    const VALUE hash = rb_hash_new();
    set_member(hash, "class", text(site.class_name));
    set_member(hash, "location", text(site.location));
    set_member(hash, "share", DBL2NUM(site.share));
    rb_ary_push(list, hash);
  }
  return list;
}

VALUE endpoint_hash(const EndpointReport& endpoint) {
  const VALUE hash = rb_hash_new();
  set_member(hash, "endpoint", text(endpoint.endpoint));
  set_member(hash, "verdict", verdict(verdict_name(endpoint.verdict)));
  set_member(hash, "samples", ULL2NUM(endpoint.samples));
  set_member(hash, "samples_needed", ULL2NUM(endpoint.samples_needed));
  set_member(hash, "kept_objects", estimate(endpoint.kept_objects));
  set_member(hash, "kept_bytes", estimate(endpoint.kept_bytes));
  set_member(hash, "kept_per_1000_requests", megabytes(endpoint.kept_bytes, 1000));
  if (endpoint.requests_per_hour) {
    set_member(hash, "kept_per_hour", megabytes(endpoint.kept_bytes, *endpoint.requests_per_hour));
  }
  if (endpoint.slope_share) set_member(hash, "slope_share", DBL2NUM(*endpoint.slope_share));
  set_member(hash, "sites", sites(endpoint));
  return hash;
}

}  // namespace

VALUE retention_report_hash(const RetentionReport& report) {
  const VALUE process = rb_hash_new();
  set_member(process, "verdict", verdict(verdict_name(report.process.verdict)));
  set_member(process, "major_gcs", ULL2NUM(report.process.major_gcs));
  if (report.process.slope) {
    set_member(process, "old_objects_per_1000_requests", scaled(*report.process.slope, 1000));
  }
  const VALUE endpoints = rb_ary_new();
  for (const EndpointReport& endpoint : report.endpoints) {
    rb_ary_push(endpoints, endpoint_hash(endpoint));
  }
  const VALUE hash = rb_hash_new();
  set_member(hash, "process", process);
  set_member(hash, "endpoints", endpoints);
  return hash;
}

VALUE retention_stats_hash(const RetentionStats& stats) {
  const VALUE hash = rb_hash_new();
  set_member(hash, "samples", ULL2NUM(stats.figures.samples));
  set_member(hash, "in_flight", ULL2NUM(stats.in_flight));
  set_member(hash, "followed", ULL2NUM(stats.followed));
  set_member(hash, "cost_ms", DBL2NUM(static_cast<double>(stats.figures.cost_ns) / 1e6));
  set_member(hash, "share", DBL2NUM(stats.share_of_time));
  set_member(hash, "refused", stats.refused.empty() ? Qnil : text(stats.refused));
  return hash;
}

}  // namespace memory_tracker
