#include "binding/request_methods.hpp"

#include <string>

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

VALUE number_of(FlightToken token) { return LONG2FIX(static_cast<long>(token)); }

FlightToken token_of(VALUE number) {
  return FIXNUM_P(number) ? static_cast<FlightToken>(FIX2LONG(number)) : kNoFlight;
}

// The line of a request that passed the threshold, where somebody wants to be called, else nil.
VALUE finish_flight(NativeTracker& native, FlightToken token, Flight& flight) {
  RequestRecord& record = flight.record();
  if (record.has_object_counts) native.object_counter.count(record.objects_after);
  native.gc_counters.read(record.after.ruby);
  if (!native.wants_lines) {
    native.core.finish(token, flight, nullptr);
    return Qnil;
  }
  VALUE line = Qnil;
  {
    std::string json;
    // A C++ object must be gone before Ruby may raise; making a String can.
    if (native.core.finish(token, flight, &json) && !json.empty()) {
      line = rb_utf8_str_new(json.data(), static_cast<long>(json.size()));
    }
  }
  return line;
}

void finish_unclosed_flight(NativeTracker& native, FlightToken token) {
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return;
  flight->record().unclosed = true;
  finish_flight(native, token, *flight);
}

VALUE start(VALUE self, VALUE env) {
  NativeTracker& native = native_of(self);
  const bool timed = native.core.times_this_request();
  const OwnTime own_time(timed);
  const auto execution = static_cast<uint64_t>(rb_fiber_current());
  const FlightToken forgotten = native.core.unclosed_before(execution);
  if (forgotten != kNoFlight) finish_unclosed_flight(native, forgotten);

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
  flight->own_ns = timed ? 0 : -1;
  own_time.add_to(*flight);
  return number_of(token);
}

VALUE answer(VALUE self, VALUE number, VALUE env, VALUE status, VALUE error, VALUE url) {
  NativeTracker& native = native_of(self);
  const FlightToken token = token_of(number);
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return Qnil;
  const OwnTime own_time(flight->own_ns >= 0);
  read_answer(env, status, error, url, flight->record());
  native.core.mark_answered(token, *flight);
  own_time.add_to(*flight);
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

VALUE finish(VALUE self, VALUE number, VALUE error) {
  NativeTracker& native = native_of(self);
  const FlightToken token = token_of(number);
  Flight* flight = native.core.find(token);
  if (flight == nullptr) return Qnil;
  const OwnTime own_time(flight->own_ns >= 0);
  read_error(error, flight->record());
  own_time.add_to(*flight);
  return finish_flight(native, token, *flight);
}

VALUE answered_here(VALUE self) {
  const FlightToken token =
      native_of(self).core.unclosed_before(static_cast<uint64_t>(rb_fiber_current()));
  return token == kNoFlight ? Qnil : number_of(token);
}

VALUE finish_unclosed(VALUE self) {
  NativeTracker& native = native_of(self);
  for (const FlightToken token : native.core.answered_tokens()) {
    finish_unclosed_flight(native, token);
  }
  return Qnil;
}

}  // namespace

void define_request_methods(VALUE tracker_class, Unwrap unwrap) {
  native_of = unwrap;
  rb_define_method(tracker_class, "start", start, 1);
  rb_define_method(tracker_class, "answer", answer, 5);
  rb_define_method(tracker_class, "note_query_cache", note_query_cache, 3);
  rb_define_method(tracker_class, "finish", finish, 2);
  rb_define_method(tracker_class, "answered_here", answered_here, 0);
  rb_define_private_method(tracker_class, "finish_unclosed", finish_unclosed, 0);
}

}  // namespace memory_tracker
