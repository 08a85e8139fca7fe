#include "binding/request_flight.hpp"

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

}  // namespace

FlightToken RequestFlight::begin(VALUE env) const {
  const bool timed = native.core.times_this_request();
  const OwnTime own_time(timed);
  if (!RB_TYPE_P(env, T_HASH) || OBJ_FROZEN(env)) return kNoFlight;
  // Without anything in flight no environment can have a token that is valid.
  const bool alone = ThisProcess::instance().in_flight() == 0;
  if (!alone && !NIL_P(rb_hash_lookup2(env, token_key(), Qnil))) return kNoFlight;
  const uint64_t execution = current_execution();
  land_unclosed(native.core.unclosed_before(execution));

  FlightToken token = kNoFlight;
  Flight* flight = take_off(token, Event::kRequest, execution);
  if (flight == nullptr) return kNoFlight;
  read_request(env, flight->record());
  announce(*flight);
  rb_hash_aset(env, token_key(), LONG2FIX(static_cast<long>(token)));
  flight->own_ns = timed ? 0 : -1;
  own_time.add_to(*flight);
  return token;
}

Flight* RequestFlight::take_off(FlightToken& token, Event event, uint64_t execution) const {
  Flight* flight = native.core.start(token, event, execution, thread_ledger::read());
  if (flight == nullptr) return nullptr;
  flight->own_ns = -1;
  RequestRecord& record = flight->record();
  if (native.object_counter.due(record.before.process.monotonic_ns)) {
    native.object_counter.count(record.objects_before);
    record.has_object_counts = true;
    native.core.note_object_counts();
  }
  return flight;
}

void RequestFlight::announce(Flight& flight) const {
  native.gc_counters.read(flight.record().before.ruby);
  native.core.announce(flight);
}

FlightToken RequestFlight::begin_work(Event event, VALUE name, VALUE fields) const {
  FlightToken token = kNoFlight;
  Flight* flight = take_off(token, event, current_execution());
  if (flight == nullptr) return kNoFlight;
  read_work(name, fields, flight->record());
  announce(*flight);
  return token;
}

void RequestFlight::finish_work(FlightToken token, VALUE error) const {
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return;
  read_thread(flight->record());
  read_error(error, flight->record());
  land(token, *flight);
}

bool RequestFlight::answer(FlightToken token, VALUE env, VALUE status, VALUE headers) const {
  static const VALUE response_finished = pinned_string("rack.response_finished");
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return true;
  const OwnTime own_time(flight->own_ns >= 0);
  read_answer(env, status, Qnil, flight->record());
  native.core.mark_answered(token, *flight);
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
  if (record.has_object_counts) native.object_counter.count(record.objects_after);
  native.gc_counters.read(record.after.ruby);
  const ThreadReading reading = thread_ledger::read();
  own_time.add_to(flight);
  if (!native.wants_lines) {
    native.core.finish(token, flight, reading, nullptr);
    return;
  }
  VALUE line = Qnil;
  {
    // A C++ object must be gone before Ruby may raise.
    std::string json;
    if (native.core.finish(token, flight, reading, &json) && !json.empty()) {
      line = rb_utf8_str_new(json.data(), static_cast<long>(json.size()));
    }
  }
  if (!NIL_P(line)) rb_funcallv(tracker, notify, 1, &line);
}

}  // namespace memory_tracker
