#include "core/tracker.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "core/clock.hpp"
#include "core/growth_evidence.hpp"
#include "core/output/request_line.hpp"
#include "core/process/huge_pages.hpp"
#include "core/process/page_faults.hpp"
#include "core/process/thread_number.hpp"
#include "core/this_process.hpp"
#include "core/work_figures.hpp"

namespace memory_tracker {
namespace {

// The last request that was answered on this thread, to find it again when its body is forgotten.
struct LastAnswered {
  const Tracker* tracker = nullptr;
  FlightToken token = kNoFlight;
  uint64_t execution = 0;
};
thread_local LastAnswered last_answered;

uint64_t read_rss_bytes(const ThisProcess& process) noexcept {
  const auto resident = process.resident_memory().read();
  return resident ? resident->rss_bytes : kUnknown;
}

ProcessCounters read_process(const ThisProcess& process) noexcept {
  ProcessCounters counters;
  counters.monotonic_ns = monotonic_ns();
  counters.rss_bytes = read_rss_bytes(process);
  counters.faulted_pages = thread_page_faults();
  return counters;
}

// The RSS that the last request read at its end serves as the reading before the next one, if that
// follows on its heels: what is looked at then begins up to this much before the request. In that
// time its own thread has touched no page and no other request was under way. What is left is
// another thread of the application, which can touch some hundred KB, and what the own one gave
// back, at 50 ns a page or more: both less than a request may be blamed for.
constexpr int64_t kHeelsNs = 20'000;

// A reading costs as much as all of the tracker's own work. Of the requests that a busy Puma serves
// 40 to 85 % follow so closely; those of an idle one do not, and there nobody waits.
ProcessCounters read_process_before(ThisProcess& process, uint32_t thread, bool alone) noexcept {
  ProcessCounters counters;
  counters.monotonic_ns = monotonic_ns();
  counters.faulted_pages = thread_page_faults();
  const ThisProcess::Sight& last = process.last_sight();
  const bool serves = alone && last.thread_number == thread && thread != 0 &&
                      counters.monotonic_ns - last.monotonic_ns <= kHeelsNs &&
                      counters.faulted_pages == last.faulted_pages &&
                      process.course().last_bytes() == last.rss_bytes && !huge_pages_everywhere();
  counters.rss_bytes = serves ? last.rss_bytes : read_rss_bytes(process);
  return counters;
}

// For whoever reads the recorder after a kill.
void note_sight(RecorderHeader& header, const ProcessCounters& counters) noexcept {
  header.last_seen_monotonic_ns.store(counters.monotonic_ns, std::memory_order_relaxed);
  if (counters.rss_bytes != kUnknown) {
    header.last_rss_bytes.store(counters.rss_bytes, std::memory_order_relaxed);
  }
}

void leave_process(const Flight& flight) noexcept {
  ThreadAccount* account = flight.at_begin.account;
  // The thread may have ended, and another one have its account now.
  if (account != nullptr && account->serial == flight.at_begin.serial) account->leave();
  if (!flight.nested) ThisProcess::instance().leave();
}

}  // namespace

Tracker::Tracker(Options options)
    : options_(std::move(options)),
      complaints_(new Complaints),
      below_threshold_(options_.sample_rate, static_cast<uint64_t>(wall_ns())),
      resident_check_(
          check_resident_memory(ThisProcess::instance().resident_memory(), *complaints_)) {
  if (options_.sink == SinkKind::kDescriptor) {
    // The application may close its IO before the first request, or before a child's.
    held_sink_ = DescriptorSink::duplicate(options_.log_descriptor);
    options_.log_descriptor = held_sink_->descriptor();
  }
}

Session* Tracker::session() noexcept {
  if (session_generation_ != ThisProcess::instance().generation()) renew_session();
  return session_;
}

Session* Tracker::open_session() noexcept {
  // In a forked child session_ is still the parent's, until the child's first request.
  return session_generation_ == ThisProcess::instance().generation() ? session_ : nullptr;
}

void Tracker::renew_session() noexcept {
  if (session_ != nullptr) {
    session_->leave_to_parent();
    session_ = nullptr;
    // The parent's writer may have held the lock of these when the process forked.
    complaints_ = new (std::nothrow) Complaints;
    if (complaints_ == nullptr) return;
  }
  session_generation_ = ThisProcess::instance().generation();
  last_answered = {};
  if (!stopped_) session_ = Session::open(options_, *complaints_);
}

Flight* Tracker::start(FlightToken& token, Event event, uint64_t execution,
                       const ThreadReading& reading) noexcept {
  Session* current = session();
  if (current == nullptr) return nullptr;
  Flight* flight = current->recorder().flights().claim(token);
  if (flight == nullptr) return nullptr;
  ThisProcess& process = ThisProcess::instance();
  RequestRecord& record = flight->record();
  record.clear();
  record.event = event;
  record.threshold_bytes = options_.threshold_bytes;
  flight->execution = execution;
  flight->at_begin = reading;
  flight->nested =
      reading.account != nullptr && reading.account->enter(execution, process.generation());
  record.in_flight = flight->nested ? process.in_flight() : process.enter();
  flight->starts_at_begin = process.starts();
  record.before.process =
      read_process_before(process, reading.native_thread, record.in_flight == 1 && !flight->nested);
  note_sight(current->recorder().header(), record.before.process);
  flight->course_at_begin = process.course().observe(record.before.process.rss_bytes);
  return flight;
}

void Tracker::announce(Flight& flight) noexcept {
  flight.slot->stamp.store(flight.generation, std::memory_order_release);
}

Flight* Tracker::find(FlightToken token) noexcept {
  Session* current = open_session();
  return current == nullptr ? nullptr : current->recorder().flights().find(token);
}

FlightToken Tracker::unclosed_before(uint64_t execution) noexcept {
  if (last_answered.tracker != this || last_answered.execution != execution) return kNoFlight;
  const FlightToken token = std::exchange(last_answered.token, kNoFlight);
  return find(token) != nullptr ? token : kNoFlight;
}

void Tracker::mark_answered(FlightToken token, Flight& flight) noexcept {
  flight.answered = true;
  last_answered = {this, token, flight.execution};
}

bool Tracker::finish(FlightToken token, Flight& flight, const ThreadReading& reading,
                     std::string* line) noexcept {
  ThisProcess& process = ThisProcess::instance();
  RequestRecord& record = flight.record();
  RequestTotals& totals = session_->totals();
  record.after.process = read_process(process);
  note_sight(session_->recorder().header(), record.after.process);
  record.thread_number =
      reading.native_thread != 0 ? reading.native_thread : thread_number(process.generation());
  process.note_sight({record.after.process.monotonic_ns, record.after.process.rss_bytes,
                      record.after.process.faulted_pages, record.thread_number});

  const auto started_since = static_cast<uint32_t>(process.starts() - flight.starts_at_begin);
  record.overlap = record.in_flight - 1 + started_since;
  record.shared_scope = record.overlap > 0;
  settle_work(record, flight.elsewhere ? ThreadReading{} : flight.at_begin, reading);
  record.attributed_bytes = attributed_growth_bytes(gather_evidence(flight, record, reading));
  record.warned = record.attributed_bytes != kUnknownSigned &&
                  record.attributed_bytes > static_cast<int64_t>(record.threshold_bytes);
  const bool warned = record.warned;

  RequestTotals::add(totals.requests, 1);
  if (warned) RequestTotals::add(totals.warnings, 1);
  if (record.unclosed) RequestTotals::add(totals.unclosed, 1);
  RecordRing& ring = session_->recorder().ring();
  if (warned || below_threshold_.takes()) {
    ring.append(record);
    const uint64_t used = ring.used();
    const uint64_t step = std::max<uint64_t>(1, ring.capacity() / 8);
    if (used >= ring.capacity() / 2 && used % step == 0) session_->writer().nudge();
  } else {
    RequestTotals::add(totals.sampled_out, 1);
  }
  if (line != nullptr && warned) {
    try {
      append_request_line(*line, record, session_->line_context());
    } catch (const std::exception&) {
      line->clear();  // out of memory: no callback for this one
    }
  }
  if (flight.own_ns >= 0) {
    RequestTotals::add(totals.own_ns, static_cast<uint64_t>(flight.own_ns));
    RequestTotals::add(totals.own_measured, 1);
  }
  leave_process(flight);
  session_->recorder().flights().release(token);
  return warned;
}

void Tracker::note_object_counts() noexcept {
  RequestTotals::add(session_->totals().object_count_samples, 1);
}

std::vector<FlightToken> Tracker::answered_tokens() {
  std::vector<FlightToken> tokens;
  Session* current = open_session();
  if (current == nullptr) return tokens;
  current->recorder().flights().each([&](FlightToken token, Flight& flight) {
    if (flight.answered) tokens.push_back(token);
  });
  return tokens;
}

Session* Tracker::take_session() noexcept {
  Session* current = open_session();
  stopped_ = true;
  session_ = nullptr;
  held_sink_.reset();
  if (current == nullptr) return nullptr;
  // Requests that are still under way will not find their flight any more.
  current->recorder().flights().each([](FlightToken, Flight& flight) { leave_process(flight); });
  return current;
}

void Tracker::complain(const std::string& topic, const std::string& message) {
  if (complaints_ != nullptr) complaints_->raise(topic, message);
}

void Tracker::settle(const std::string& topic) {
  if (complaints_ != nullptr) complaints_->settle(topic);
}

TrackerStats Tracker::stats() {
  TrackerStats stats = collect_stats(open_session());
  stats.degraded = complaints_->standing();
  stats.resident_check = resident_check_;
  return stats;
}

}  // namespace memory_tracker
