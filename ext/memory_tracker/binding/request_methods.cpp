#include "binding/request_methods.hpp"

#include <string>

#include "binding/pinned.hpp"
#include "binding/request_texts.hpp"
#include "core/clock.hpp"

namespace memory_tracker {
namespace {

Unwrap native_of = nullptr;

// Adds the time between its beginning and its end to a request that is timed.
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

VALUE number_of(FlightToken token) { return LONG2FIX(static_cast<long>(token)); }

FlightToken token_of(VALUE number) {
  return FIXNUM_P(number) ? static_cast<FlightToken>(FIX2LONG(number)) : kNoFlight;
}

// Takes the token out as well: an environment may be used for another request later.
FlightToken take_token(VALUE env) {
  if (!RB_TYPE_P(env, T_HASH) || OBJ_FROZEN(env)) return kNoFlight;
  return token_of(rb_hash_delete(env, token_key()));
}

uint64_t current_execution() { return static_cast<uint64_t>(rb_fiber_current()); }

void finish_flight(VALUE self, FlightToken token, Flight& flight) {
  static const ID notify = rb_intern("notify");
  NativeTracker& native = native_of(self);
  RequestRecord& record = flight.record();
  if (record.has_object_counts) native.object_counter.count(record.objects_after);
  native.gc_counters.read(record.after.ruby);
  if (!native.wants_lines) {
    native.core.finish(token, flight, nullptr);
    return;
  }
  VALUE line = Qnil;
  {
    // A C++ object must be gone before Ruby may raise.
    std::string json;
    if (native.core.finish(token, flight, &json) && !json.empty()) {
      line = rb_utf8_str_new(json.data(), static_cast<long>(json.size()));
    }
  }
  if (!NIL_P(line)) rb_funcallv(self, notify, 1, &line);
}

void finish_unclosed_flight(VALUE self, FlightToken token) {
  Flight* flight = native_of(self).core.find(token);
  if (flight == nullptr) return;
  flight->record().unclosed = true;
  finish_flight(self, token, *flight);
}

VALUE start(VALUE self, VALUE env) {
  NativeTracker& native = native_of(self);
  const bool timed = native.core.times_this_request();
  const OwnTime own_time(timed);
  if (!RB_TYPE_P(env, T_HASH) || !NIL_P(rb_hash_lookup2(env, token_key(), Qnil))) return Qnil;
  const uint64_t execution = current_execution();
  const FlightToken forgotten = native.core.unclosed_before(execution);
  if (forgotten != kNoFlight) finish_unclosed_flight(self, forgotten);

  FlightToken token = kNoFlight;
  Flight* flight = native.core.start(token, execution);
  if (flight == nullptr) return Qnil;
  RequestRecord& record = flight->record();
  read_request(env, record);
  if (native.object_counter.due(record.before.process.monotonic_ns)) {
    native.object_counter.count(record.objects_before);
    record.has_object_counts = true;
    native.core.note_object_counts();
  }
  native.gc_counters.read(record.before.ruby);
  native.core.announce(*flight);
  if (!OBJ_FROZEN(env)) rb_hash_aset(env, token_key(), number_of(token));
  flight->own_ns = timed ? 0 : -1;
  own_time.add_to(*flight);
  return number_of(token);
}

// True when the end of the response will be heard of, or has come; false when the body has to be
// wrapped for that.
VALUE answer(VALUE self, VALUE number, VALUE env, VALUE status, VALUE headers) {
  static const VALUE response_finished = pinned_string("rack.response_finished");
  NativeTracker& native = native_of(self);
  const FlightToken token = token_of(number);
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return Qtrue;
  const OwnTime own_time(flight->own_ns >= 0);
  read_answer(env, status, Qnil, flight->record());
  native.core.mark_answered(token, *flight);
  VALUE announced = Qfalse;
  if (hijacked(env, headers)) {
    take_token(env);
    finish_flight(self, token, *flight);
    return Qtrue;
  }
  const VALUE callbacks = rb_hash_lookup2(env, response_finished, Qnil);
  if (RB_TYPE_P(callbacks, T_ARRAY) && !OBJ_FROZEN(callbacks)) {
    rb_ary_push(callbacks, self);
    announced = Qtrue;
  }
  own_time.add_to(*flight);
  return announced;
}

// The application gave no answer: it raised `error`, or threw (nil).
VALUE give_up(VALUE self, VALUE number, VALUE env, VALUE error) {
  const FlightToken token = token_of(number);
  Flight* flight = native_of(self).core.find(token);
  if (flight == nullptr) return Qnil;
  take_token(env);
  read_answer(env, Qnil, error, flight->record());
  finish_flight(self, token, *flight);
  return Qnil;
}

// What a server calls through rack.response_finished, and a wrapped body when it is closed. An
// environment that an outer middleware copied has no token in it; the request is then the one that
// this fiber has answered last.
VALUE response_finished(VALUE self, VALUE env, VALUE, VALUE, VALUE error) {
  NativeTracker& native = native_of(self);
  FlightToken token = take_token(env);
  if (token == kNoFlight) token = native.core.unclosed_before(current_execution());
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return Qnil;
  read_error(error, flight->record());
  finish_flight(self, token, *flight);
  return Qnil;
}

VALUE note_url(VALUE self, VALUE number, VALUE url) {
  Flight* flight = native_of(self).core.find(token_of(number));
  if (flight != nullptr) read_url(url, flight->record());
  return Qnil;
}

VALUE note_query_cache(VALUE self, VALUE number, VALUE before, VALUE after) {
  Flight* flight = native_of(self).core.find(token_of(number));
  if (flight == nullptr) return Qnil;
  RequestRecord& record = flight->record();
  if (FIXNUM_P(before)) record.query_cache_before = FIX2INT(before);
  if (FIXNUM_P(after)) record.query_cache_after = FIX2INT(after);
  return Qnil;
}

VALUE finish_unclosed(VALUE self) {
  for (const FlightToken token : native_of(self).core.answered_tokens()) {
    finish_unclosed_flight(self, token);
  }
  return Qnil;
}

}  // namespace

void define_request_methods(VALUE tracker_class, Unwrap unwrap) {
  native_of = unwrap;
  rb_define_method(tracker_class, "start", start, 1);
  rb_define_method(tracker_class, "answer", answer, 4);
  rb_define_method(tracker_class, "give_up", give_up, 3);
  rb_define_method(tracker_class, "call", response_finished, 4);
  rb_define_method(tracker_class, "note_url", note_url, 2);
  rb_define_method(tracker_class, "note_query_cache", note_query_cache, 3);
  rb_define_private_method(tracker_class, "finish_unclosed", finish_unclosed, 0);
}

}  // namespace memory_tracker
