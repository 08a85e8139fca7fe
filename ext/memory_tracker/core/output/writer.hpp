#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/output/complaints.hpp"
#include "core/output/lifecycle_line.hpp"
#include "core/output/line_batch.hpp"
#include "core/output/line_context.hpp"
#include "core/output/process_sampler.hpp"
#include "core/output/recovery.hpp"
#include "core/output/retention_reporter.hpp"
#include "core/output/sink.hpp"
#include "core/record/flight_recorder.hpp"

namespace memory_tracker {

struct WriterOptions {
  std::chrono::nanoseconds flush_interval{};
  std::optional<std::chrono::nanoseconds> process_sample_interval;
  std::string started_members;  // inside of a JSON object
  std::string application_key;  // of the recorders to take over
  std::optional<std::string> recorder_folder;
  RetentionMailbox* retention = nullptr;  // null: it is not sampled
  double sample_rate = 1;                 // of the records below the threshold
};

// Counts that a request's end adds to, under the GVL, and a process line tells.
struct RequestTotals {
  // Not fetch_add: with one thread at a time adding, no locked instruction is needed.
  static void add(std::atomic<uint64_t>& total, uint64_t count) noexcept {
    total.store(total.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }

  // What the tracker takes of a request; nothing before the first one was measured.
  std::optional<double> mean_own_ns() const noexcept {
    const uint64_t measured = own_measured.load(std::memory_order_relaxed);
    if (measured == 0) return std::nullopt;
    return static_cast<double>(own_ns.load(std::memory_order_relaxed)) /
           static_cast<double>(measured);
  }

  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> warnings{0};
  std::atomic<uint64_t> sampled_out{0};
  std::atomic<uint64_t> unclosed{0};
  std::atomic<uint64_t> own_ns{0};        // spent in requests by the tracker, where measured
  std::atomic<uint64_t> own_measured{0};  // requests that were measured so
  std::atomic<uint64_t> object_count_samples{0};
};

// The thread that turns records into lines and hands them to the sink. It sees no Ruby, throws
// nothing, and takes no signal. While the sink fails, records stay in the ring.
//
// The constructor starts the thread and throws Error where the system gives none. flush() and
// stop() may be called by any thread that can wait; nudge() by a request. A forked child inherits
// the object without its thread and must leave it alone: destroying its condition variable there
// hangs. So sessions, and writers with them, are leaked.
class Writer {
 public:
  Writer(FlightRecorder& recorder, std::unique_ptr<Sink> sink, Complaints& complaints,
         const RequestTotals& totals, LineContext context, const WriterOptions& options);
  ~Writer() = delete;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Wakes the thread early. A nudge that comes just before the thread falls asleep is lost, and
  // made up for by the timer: taking the lock here would make requests wait.
  void nudge() noexcept { wake_.notify_one(); }

  // True when everything appended before the call is in the sink, false at the deadline.
  bool flush(std::chrono::nanoseconds patience) noexcept;

  // Flushes, writes the last line and ends the thread; false when the deadline came first, and the
  // thread is left behind with a sink that does not answer. Closes the sink.
  bool stop(std::chrono::nanoseconds patience) noexcept;

  struct Figures {
    uint64_t lines;
    uint64_t bytes;
    int64_t cpu_ns;
    uint64_t own_bytes;
  };
  Figures figures() const noexcept;
  const std::string& sink_description() const noexcept { return sink_->description(); }
  std::string sink_error() const;

 private:
  void run() noexcept;
  bool sleep_until_turn();
  bool turn(bool last) noexcept;  // false: something is left for the next
  bool drain();
  void collect();
  void collect_process_line(int64_t now_ns);
  void collect_stopped_line();
  bool offer();
  void observe_process(int64_t now_ns) noexcept;
  void note_sink(int error);

  FlightRecorder& recorder_;
  std::unique_ptr<Sink> sink_;
  Complaints& complaints_;
  const RequestTotals& totals_;
  LineContext context_;
  std::chrono::nanoseconds flush_interval_;
  std::string started_members_;

  // The thread's own.
  LineBatch batch_;
  ProcessSampler sampler_;
  Recovery recovery_;
  std::optional<RetentionReporter> retention_;
  RubyCounters last_ruby_{};
  bool any_ruby_ = false;
  bool stop_told_ = false;
  bool looked_at_end_ = false;

  std::atomic<uint64_t> lines_{0};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<int64_t> cpu_ns_{0};
  std::atomic<uint64_t> batch_bytes_{0};
  std::atomic<int64_t> stop_deadline_ns_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable turned_;
  uint64_t turns_wanted_ = 0;
  bool stopping_ = false;
  bool ended_ = false;
  std::string sink_error_;
  std::thread thread_;
};

}  // namespace memory_tracker
