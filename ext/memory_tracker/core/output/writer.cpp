#include "core/output/writer.hpp"

#include <pthread.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <exception>
#include <system_error>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/output/request_line.hpp"
#include "core/output/signals_blocked.hpp"
#include "core/this_process.hpp"

namespace memory_tracker {
namespace {

constexpr timespec kStopPause{0, 10'000'000};

}  // namespace

Writer::Writer(FlightRecorder& recorder, std::unique_ptr<Sink> sink, Complaints& complaints,
               const RequestTotals& totals, LineContext context, const WriterOptions& options)
    : recorder_(recorder),
      sink_(std::move(sink)),
      complaints_(complaints),
      totals_(totals),
      context_(std::move(context)),
      flush_interval_(options.flush_interval),
      started_members_(options.started_members),
      sampler_(options.process_sample_interval, complaints),
      recovery_(options.recorder_folder, options.application_key, complaints) {
  if (options.retention != nullptr) {
    retention_.emplace(*options.retention, options.sample_rate, monotonic_ns());
  }
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread(&Writer::run, this);
  } catch (const std::system_error& error) {
    throw Error(std::string("no thread for the writer: ") + error.what());
  }
  pthread_setname_np(thread_.native_handle(), "memory_tracker");
}

bool Writer::flush(std::chrono::nanoseconds patience) noexcept {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const uint64_t target = recorder_.ring().head();
  std::unique_lock<std::mutex> lock(mutex_);
  ++turns_wanted_;
  wake_.notify_one();
  return turned_.wait_until(lock, deadline, [&] {
    return recorder_.ring().tail() >= target || ended_;
  }) && recorder_.ring().tail() >= target;
}

bool Writer::stop(std::chrono::nanoseconds patience) noexcept {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::unique_lock<std::mutex> lock(mutex_);
  stopping_ = true;
  stop_deadline_ns_ = monotonic_ns() + patience.count();
  wake_.notify_one();
  const bool ended = turned_.wait_until(lock, deadline, [&] { return ended_; });
  lock.unlock();
  if (thread_.joinable()) {
    if (ended) {
      thread_.join();
      sink_.reset();
    } else {
      thread_.detach();
    }
  }
  return ended && recorder_.ring().used() == 0;
}

void Writer::run() noexcept {
  append_started_line(batch_.text(), wall_ns(), started_members_, context_);
  batch_.close_other_line();
  recovery_.find();
  bool stopping = false;
  while (!stopping) {
    stopping = sleep_until_turn();
    bool complete = turn(stopping);
    // A reader that is slow, or a disk that is full for a moment, has until the deadline.
    while (stopping && !complete && monotonic_ns() < stop_deadline_ns_.load()) {
      nanosleep(&kStopPause, nullptr);
      complete = turn(true);
    }
    cpu_ns_.store(thread_cpu_ns(), std::memory_order_relaxed);
    // Under the lock, so that a waiter cannot look just before and fall asleep just after.
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = stopping;
    turned_.notify_all();
  }
}

bool Writer::sleep_until_turn() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (turns_wanted_ == 0 && !stopping_) wake_.wait_for(lock, flush_interval_);
  turns_wanted_ = 0;
  return stopping_;
}

bool Writer::turn(bool last) noexcept {
  try {
    const int64_t now_ns = monotonic_ns();
    observe_process(now_ns);
    if (!drain()) return false;
    if (last && !looked_at_end_) {
      // A daemon's parent lives a moment longer than the daemon's start.
      recovery_.find();
      looked_at_end_ = true;
    }
    const int error = recovery_.write(*sink_, context_);
    note_sink(error);
    if (error != 0) return false;
    if (retention_) {
      retention_->collect(batch_, context_, now_ns, last);
      if (!batch_.empty() && !offer()) return false;
    }
    if (last) {
      if (!stop_told_) collect_stopped_line();
      return offer();
    }
    if (sampler_.due(now_ns)) {
      // For the next turn: a worker that was killed and has no successor is found by its siblings.
      recovery_.find();
      collect_process_line(now_ns);
      return offer();
    }
    return true;
  } catch (const std::exception& error) {
    // Out of memory, most likely: what was not accepted is still in the ring for the next turn.
    complaints_.raise("writer", std::string("the writer could not finish a turn: ") + error.what());
    return false;
  }
}

bool Writer::drain() {
  do {
    collect();
    if (batch_.empty()) return true;
    if (!offer()) return false;
  } while (recorder_.ring().used() > 0);
  return true;
}

void Writer::collect() {
  uint64_t offset = batch_.places();
  while (!batch_.full()) {
    const RequestRecord* record = recorder_.ring().peek(offset);
    if (record == nullptr) break;
    append_request_line(batch_.text(), *record, context_);
    batch_.close_record_line();
    if (retention_) retention_->note(*record);
    last_ruby_ = record->after.ruby;
    any_ruby_ = true;
    ++offset;
  }
  RecorderHeader& header = recorder_.header();
  const uint64_t dropped = header.dropped.load(std::memory_order_relaxed);
  const uint64_t told = header.dropped_reported.load(std::memory_order_relaxed);
  if (dropped > told && !batch_.tells_drops()) {
    append_dropped_line(batch_.text(), wall_ns(), dropped - told, dropped, context_);
    batch_.close_dropped_line(dropped - told);
  }
}

void Writer::collect_process_line(int64_t now_ns) {
  ProcessReport report = sampler_.sample(now_ns);
  if (report.cgroup && report.cgroup->oom_kill_events) {
    recorder_.header().oom_kills.store(*report.cgroup->oom_kill_events, std::memory_order_relaxed);
  }
  report.ruby = any_ruby_ ? &last_ruby_ : nullptr;
  report.requests = totals_.requests.load(std::memory_order_relaxed);
  report.own.writer_cpu_ns = cpu_ns_.load(std::memory_order_relaxed);
  if (const auto mean_ns = totals_.mean_own_ns()) {
    report.own.request_ns = static_cast<int64_t>(*mean_ns * static_cast<double>(report.requests));
  }
  report.own.bytes = figures().own_bytes;
  append_process_line(batch_.text(), report, context_);
  batch_.close_other_line();
}

void Writer::collect_stopped_line() {
  const StopCounts counts{totals_.requests.load(), totals_.warnings.load(),
                          totals_.sampled_out.load(), recorder_.header().dropped.load()};
  append_stopped_line(batch_.text(), wall_ns(), counts, context_);
  batch_.close_other_line();
  stop_told_ = true;
}

bool Writer::offer() {
  const WriteResult result = sink_->write(batch_.pending());
  const LineBatch::Accepted accepted = batch_.accept(result.accepted_bytes);
  recorder_.ring().consume(accepted.places);
  recorder_.header().dropped_reported.fetch_add(accepted.dropped_told, std::memory_order_relaxed);
  lines_.fetch_add(accepted.lines, std::memory_order_relaxed);
  bytes_.fetch_add(result.accepted_bytes, std::memory_order_relaxed);
  note_sink(result.error);
  batch_bytes_.store(batch_.capacity_bytes(), std::memory_order_relaxed);
  return result.error == 0;
}

void Writer::observe_process(int64_t now_ns) noexcept {
  RecorderHeader& header = recorder_.header();
  context_.wall_offset_ns = wall_ns() - now_ns;
  header.wall_offset_ns.store(context_.wall_offset_ns, std::memory_order_relaxed);
  header.last_seen_monotonic_ns.store(now_ns, std::memory_order_relaxed);
  ThisProcess& process = ThisProcess::instance();
  const auto resident = process.resident_memory().read();
  if (!resident) return;
  process.course().observe(resident->rss_bytes);
  header.last_rss_bytes.store(resident->rss_bytes, std::memory_order_relaxed);
  if (resident->rss_bytes > header.peak_rss_bytes.load(std::memory_order_relaxed)) {
    header.peak_rss_bytes.store(resident->rss_bytes, std::memory_order_relaxed);
  }
}

void Writer::note_sink(int error) {
  const std::string topic = "sink";
  if (error == 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (sink_error_.empty()) return;
    sink_error_.clear();
    complaints_.settle(topic);
    return;
  }
  // A reader that is behind is no failure as long as there is room to wait in.
  if (error == EAGAIN && recorder_.ring().used() < recorder_.ring().capacity() / 2) return;
  const std::string reason = std::strerror(error);
  complaints_.raise(topic, "cannot write to " + sink_->description() + ": " + reason +
                               "; records wait in memory, what does not fit is counted");
  const std::lock_guard<std::mutex> lock(mutex_);
  sink_error_ = reason;
}

Writer::Figures Writer::figures() const noexcept {
  return {lines_.load(std::memory_order_relaxed), bytes_.load(std::memory_order_relaxed),
          cpu_ns_.load(std::memory_order_relaxed),
          recorder_.bytes() + batch_bytes_.load(std::memory_order_relaxed)};
}

std::string Writer::sink_error() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sink_error_;
}

}  // namespace memory_tracker
