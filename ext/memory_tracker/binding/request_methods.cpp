#include "binding/request_methods.hpp"

#include "binding/request_flight.hpp"
#include "binding/request_texts.hpp"

namespace memory_tracker {
namespace {

Unwrap native_of = nullptr;

RequestFlight flight_of(VALUE self) { return {self, native_of(self)}; }

FlightToken token_of(VALUE number) {
  return FIXNUM_P(number) ? static_cast<FlightToken>(FIX2LONG(number)) : kNoFlight;
}

// One call of the application. Lives on the C stack, where the collector finds its values.
struct Passage {
  RequestFlight flight;
  VALUE app;
  VALUE env;
  VALUE notes;  // a MemoryTracker::RequestNotes, or nil where there is nothing to note
  VALUE noted;
  VALUE token;
  VALUE response;
  bool answered;
};

Passage& passage_of(VALUE pointer) { return *reinterpret_cast<Passage*>(pointer); }

VALUE call_app(VALUE app, VALUE env) {
  static const ID call = rb_intern("call");
  return rb_funcallv(app, call, 1, &env);
}

VALUE take_notes(VALUE pointer) {
  static const ID add = rb_intern("add");
  const Passage& passage = passage_of(pointer);
  const VALUE arguments[] = {passage.token, passage.env, passage.noted};
  return rb_funcallv(passage.notes, add, 3, arguments);
}

VALUE wrap_body(VALUE tracker, VALUE env, VALUE response) {
  static const ID wrap = rb_intern("wrap");
  const VALUE arguments[] = {response, env};
  return rb_funcallv(tracker, wrap, 2, arguments);
}

VALUE pass(VALUE pointer) {
  static const ID begin = rb_intern("begin");
  Passage& passage = passage_of(pointer);
  if (!NIL_P(passage.notes)) passage.noted = rb_funcallv(passage.notes, begin, 0, nullptr);
  const VALUE response = call_app(passage.app, passage.env);
  if (!NIL_P(passage.notes)) take_notes(pointer);
  const VALUE parts = rb_check_array_type(response);
  const bool usable = !NIL_P(parts) && RARRAY_LEN(parts) == 3;
  const VALUE status = usable ? RARRAY_AREF(parts, 0) : Qnil;
  const VALUE headers = usable ? RARRAY_AREF(parts, 1) : Qnil;
  passage.answered = true;
  const bool heard_of =
      passage.flight.answer(token_of(passage.token), passage.env, status, headers);
  passage.response =
      heard_of || !usable ? response : wrap_body(passage.flight.tracker, passage.env, parts);
  return passage.response;
}

// The exception that is on its way, or nil: `throw` travels as something that is no object.
VALUE current_error() {
  const VALUE error = rb_errinfo();
  if (RB_SPECIAL_CONST_P(error) || RB_BUILTIN_TYPE(error) == RUBY_T_IMEMO) return Qnil;
  return RTEST(rb_obj_is_kind_of(error, rb_eException)) ? error : Qnil;
}

VALUE conclude(VALUE pointer) {
  Passage& passage = passage_of(pointer);
  if (passage.answered) return Qnil;
  const VALUE error = current_error();
  if (!NIL_P(passage.notes)) {
    // What goes wrong here must not take the place of the application's exception.
    const VALUE under_way = rb_errinfo();
    int failed = 0;
    rb_protect(take_notes, pointer, &failed);
    if (failed != 0) rb_set_errinfo(under_way);
  }
  passage.flight.give_up(token_of(passage.token), passage.env, error);
  return Qnil;
}

// In C from beginning to end, so that an exception from another thread (Timeout, Thread#raise)
// finds the request either not begun or protected: between two lines of Ruby it could come after
// the beginning and before the `begin`, and the request would be in flight for ever.
VALUE track(VALUE self, VALUE app, VALUE env, VALUE notes) {
  const RequestFlight flight = flight_of(self);
  const FlightToken token = flight.begin(env);
  if (token == kNoFlight) return call_app(app, env);
  Passage passage{flight, app, env, notes, Qnil, LONG2FIX(static_cast<long>(token)), Qnil, false};
  return rb_ensure(pass, reinterpret_cast<VALUE>(&passage), conclude,
                   reinterpret_cast<VALUE>(&passage));
}

struct Work {
  RequestFlight flight;
  FlightToken token;
  bool completed;
};

VALUE yield_block(VALUE pointer) {
  const VALUE result = rb_yield_values(0);
  reinterpret_cast<Work*>(pointer)->completed = true;
  return result;
}

VALUE finish_work(VALUE pointer) {
  const Work& work = *reinterpret_cast<Work*>(pointer);
  // A block that ran to its end within somebody's `rescue` has an error around it, not of it.
  work.flight.finish_work(work.token, work.completed ? Qnil : current_error());
  return Qnil;
}

// Yields, tracked as a job or as a block.
VALUE perform(VALUE self, VALUE is_job, VALUE name, VALUE fields) {
  const RequestFlight flight = flight_of(self);
  const Event event = RTEST(is_job) ? Event::kJob : Event::kBlock;
  Work work{flight, flight.begin_work(event, name, fields), false};
  return rb_ensure(yield_block, reinterpret_cast<VALUE>(&work), finish_work,
                   reinterpret_cast<VALUE>(&work));
}

VALUE response_finished(VALUE self, VALUE env, VALUE, VALUE, VALUE error) {
  flight_of(self).finish(env, error);
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
  flight_of(self).finish_unclosed();
  return Qnil;
}

}  // namespace

void define_request_methods(VALUE tracker_class, Unwrap unwrap) {
  native_of = unwrap;
  rb_define_method(tracker_class, "track", track, 3);
  rb_define_method(tracker_class, "perform", perform, 3);
  rb_define_method(tracker_class, "call", response_finished, 4);
  rb_define_method(tracker_class, "note_url", note_url, 2);
  rb_define_method(tracker_class, "note_query_cache", note_query_cache, 3);
  rb_define_private_method(tracker_class, "finish_unclosed", finish_unclosed, 0);
}

}  // namespace memory_tracker
