#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/options.hpp"
#include "core/output/complaints.hpp"
#include "core/output/descriptor_sink.hpp"
#include "core/random_share.hpp"
#include "core/record/flight.hpp"
#include "core/record/in_flight_slots.hpp"
#include "core/resident_check.hpp"
#include "core/session.hpp"
#include "core/tracker_stats.hpp"

namespace memory_tracker {

// The facade of the core: measures requests and hands them to the recorder and the writer.
//
// A request goes through start(), announce(), answer() by the binding, and finish(). All of them
// are for the thread that holds the GVL, take no lock, allocate nothing (but at the first request
// of a process, which opens the session), and throw nothing. What has to wait is done by the
// session without the GVL.
//
// The destructor leaves the session to the process, see Session.
class Tracker {
 public:
  // Checks the resident set against ProcessMemory once. Throws Error when the descriptor of an IO
  // sink cannot be duplicated.
  explicit Tracker(Options options);

  // Claims a slot and reads the process's side of the "before" snapshot. Null when this request
  // cannot be tracked. The binding fills in Ruby's side and the texts, then calls announce(): from
  // then on the request is in the black box.
  // Within another one of the same fiber it is nested: it has its own figures, and does not count
  // as another request that ran meanwhile.
  Flight* start(FlightToken& token, Event event, uint64_t execution,
                const ThreadReading& reading) noexcept;
  void announce(Flight& flight) noexcept;

  Flight* find(FlightToken token) noexcept;

  // The request that the same fiber answered before and whose body nobody has closed.
  FlightToken unclosed_before(uint64_t execution) noexcept;
  void mark_answered(FlightToken token, Flight& flight) noexcept;

  // Reads the process's side of the "after" snapshot, judges, and lets the record go to the
  // writer. True when it passed the threshold; `line`, where given, then gets its JSON.
  bool finish(FlightToken token, Flight& flight, const ThreadReading& reading,
              std::string* line) noexcept;

  void note_object_counts() noexcept;
  // One request in 64 is timed, for the accounts: reading the clock four times costs as well.
  bool times_this_request() noexcept { return (++timing_turn_ & kTimingMask) == 0; }

  // Null where this process has none: no request yet, or stopped.
  Session* open_session() noexcept;

  // Ends tracking for good and hands the session over, to be closed. Null where there is none.
  Session* take_session() noexcept;

  TrackerStats stats();

  bool samples_retention() const noexcept {
    return options_.retention.mode != RetentionOptions::Mode::kOff;
  }

  // Says once why the service is reduced, and lists it in the stats until it is settled.
  void complain(const std::string& topic, const std::string& message);
  void settle(const std::string& topic);

  // Calls visit(flight) for each request under way in this process.
  template <typename Visit>
  void each_flight(Visit visit) noexcept {
    Session* current = open_session();
    if (current == nullptr) return;
    current->recorder().flights().each([&](FlightToken, Flight& flight) { visit(flight); });
  }

  // The requests whose answer was given and whose body is still open.
  std::vector<FlightToken> answered_tokens();

 private:
  static constexpr uint32_t kTimingMask = 63;

  Session* session() noexcept;  // opens one at the first request of a process
  void renew_session() noexcept;

  Options options_;
  std::unique_ptr<DescriptorSink> held_sink_;  // keeps an IO's descriptor, see the constructor
  Complaints* complaints_;                     // leaked, the writer uses it
  Session* session_ = nullptr;
  uint64_t session_generation_ = 0;  // of the process that session_ belongs to
  bool stopped_ = false;
  uint32_t timing_turn_ = 0;
  RandomShare below_threshold_;  // of the records that are written
  std::optional<ResidentCheck> resident_check_;
};

}  // namespace memory_tracker
