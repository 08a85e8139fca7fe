#include "binding/request_flight.hpp"

#include <cstring>
#include <string>

#include "binding/pinned.hpp"
#include "binding/request_texts.hpp"
#include "binding/thread_ledger.hpp"
#include "core/clock.hpp"
#include "core/this_process.hpp"

namespace memory_tracker {
namespace {

// Adds the time from its making to add_to() to a request that is timed.
class OwnTime {
 public:
  explicit OwnTime(bool timed) noexcept : began_ns_(timed ? monotonic_ns() : 0) {}
  void add_to(Flight& flight) const noexcept {
    if (began_ns_ != 0) flight.own_ns += monotonic_ns() - began_ns_;
  }

 private:
  int64_t began_ns_;
};

// The key under which a request's token lies in its environment.
VALUE token_key() {
  static const VALUE key = pinned_string("memory_tracker.token");
  return key;
}

// Takes the token out as well: an environment may be used for another request later.
FlightToken take_token(VALUE env) {
  if (!RB_TYPE_P(env, T_HASH) || OBJ_FROZEN(env)) return kNoFlight;
  const VALUE number = rb_hash_delete(env, token_key());
  return FIXNUM_P(number) ? static_cast<FlightToken>(FIX2LONG(number)) : kNoFlight;
}

uint64_t current_execution() { return static_cast<uint64_t>(rb_fiber_current()); }

// What a request asks of Ruby when it ends.
struct Landing {
  NativeTracker& native;
  RequestRecord& record;
  ThreadReading reading;
};

VALUE read_ruby_side(VALUE pointer) {
  auto& landing = *reinterpret_cast<Landing*>(pointer);
  landing.reading = thread_ledger::read();
  landing.native.gc_counters.read(landing.record.after.ruby, GcCounters::total_time_ns());
  if (landing.record.has_object_counts != 0) {
    landing.native.object_counter.count(landing.record.objects_after);
  }
  return Qnil;
}

}  // namespace

FlightToken RequestFlight::begin(VALUE env) const {
  const bool timed = native.core.times_this_request();
  const OwnTime own_time(timed);
  if (!RB_TYPE_P(env, T_HASH) || OBJ_FROZEN(env)) return kNoFlight;
  // Without anything in flight no environment can have a token that is valid.
  const bool alone = ThisProcess::instance().in_flight() == 0;
  if (!alone && !NIL_P(rb_hash_lookup2(env, token_key(), Qnil))) return kNoFlight;
  land_unclosed(native.core.unclosed_before(current_execution()));

  FlightToken token = kNoFlight;
  Flight* flight = take_off(token, Event::kRequest, timed);
  if (flight == nullptr) return kNoFlight;
  read_request(env, flight->record());
  native.core.announce(*flight);
  rb_hash_aset(env, token_key(), LONG2FIX(static_cast<long>(token)));
  own_time.add_to(*flight);
  if (flight->retention_candidate) native.retention.begin(native.core, *flight);
  return token;
}

// All that needs Ruby comes before the slot is claimed: Ruby lets an exception from another thread
// in wherever a method is called, and a request that it finds half begun would never end.
Flight* RequestFlight::take_off(FlightToken& token, Event event, bool timed) const {
  ObjectCounts objects;
  const bool counted = native.object_counter.due(recent_monotonic_ns());
  if (counted) native.object_counter.count(objects);
  const bool retention_candidate = native.retention.candidate();
  const uint64_t gc_time_ns = GcCounters::total_time_ns();
  const ThreadReading reading = thread_ledger::read_with_name(timed);

  Flight* flight = native.core.start(token, event, current_execution(), reading);
  if (flight == nullptr) return nullptr;
  flight->own_ns = timed ? 0 : -1;
  flight->retention_candidate = retention_candidate;
  RequestRecord& record = flight->record();
  native.gc_counters.read(record.before.ruby, gc_time_ns);
  if (counted) {
    record.objects_before = objects;
    record.has_object_counts = 1;
    native.core.note_object_counts();
  }
  return flight;
}

FlightToken RequestFlight::begin_work(Event event, VALUE name, VALUE fields) const {
  FlightToken token = kNoFlight;
  Flight* flight = take_off(token, event, false);
  if (flight == nullptr) return kNoFlight;
  read_work(name, fields, flight->record());
  native.core.announce(*flight);
  if (flight->retention_candidate) native.retention.begin(native.core, *flight);
  return token;
}

void RequestFlight::finish_work(FlightToken token, VALUE error) const {
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return;
  read_error(error, flight->record());
  land(token, *flight);
}

bool RequestFlight::answer(FlightToken token, VALUE env, VALUE status, VALUE headers) const {
  static const VALUE response_finished = pinned_string("rack.response_finished");
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return true;
  const OwnTime own_time(flight->own_ns >= 0);
  native.core.mark_answered(token, *flight);
  read_answer(env, status, Qnil, flight->record());
  const bool routed = !flight->record().texts.get(Text::kController).empty();
  flight->elsewhere = routed && works_elsewhere(env);
  if (hijacked(env, headers)) {
    take_token(env);
    land(token, *flight);
    return true;
  }
  const VALUE callbacks = rb_hash_lookup2(env, response_finished, Qnil);
  const bool announced = RB_TYPE_P(callbacks, T_ARRAY) && !OBJ_FROZEN(callbacks);
  if (announced) rb_ary_push(callbacks, tracker);
  own_time.add_to(*flight);
  return announced;
}

void RequestFlight::give_up(FlightToken token, VALUE env, VALUE error) const {
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return;
  take_token(env);
  read_answer(env, Qnil, error, flight->record());
  land(token, *flight);
}

void RequestFlight::finish(VALUE env, VALUE error) const {
  FlightToken token = take_token(env);
  // An environment that an outer middleware copied has no token in it; the request is then the one
  // that this fiber has answered last.
  if (token == kNoFlight) token = native.core.unclosed_before(current_execution());
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return;
  read_error(error, flight->record());
  land(token, *flight);
}

void RequestFlight::finish_unclosed() const {
  for (const FlightToken token : native.core.answered_tokens()) land_unclosed(token);
}

void RequestFlight::land_unclosed(FlightToken token) const {
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return;
  flight->record().unclosed = true;
  land(token, *flight);
}

void RequestFlight::land(FlightToken token, Flight& flight) const {
  static const ID notify = rb_intern("notify");
  const OwnTime own_time(flight.own_ns >= 0);
  RequestRecord& record = flight.record();
  native.retention.pause(flight);
  Landing landing{native, record, {}};
  // An exception from another thread may come in here. It goes on its way when the request is down.
  int interrupted = 0;
  rb_protect(read_ruby_side, reinterpret_cast<VALUE>(&landing), &interrupted);
  if (interrupted != 0) {
    std::memset(static_cast<void*>(&record.after.ruby), 0xFF, sizeof record.after.ruby);  // unknown
  }
  own_time.add_to(flight);
  const ThreadAccount* account = landing.reading.account;
  if (account != nullptr) {
    record.texts.set(Text::kThread, {account->name.data(), account->name_length});
  }
  native.retention.conclude(native.core, flight);
  const uint64_t major_gcs = record.after.ruby.gc_major_count;
  const bool outermost = !flight.nested;
  VALUE line = Qnil;
  if (native.wants_lines) {
    // A C++ object must be gone before Ruby may raise.
    std::string json;
    if (native.core.finish(token, flight, landing.reading, &json) && !json.empty()) {
      line = rb_utf8_str_new(json.data(), static_cast<long>(json.size()));
    }
  } else {
    native.core.finish(token, flight, landing.reading, nullptr);
  }
  if (interrupted == 0 && outermost && native.retention.has_work(major_gcs)) {
    interrupted = native.retention.work(native.core, major_gcs);
  }
  if (interrupted != 0) rb_jump_tag(interrupted);
  if (!NIL_P(line)) rb_funcallv(tracker, notify, 1, &line);
}

}  // namespace memory_tracker
