#pragma once

#include <ruby.h>

#include "binding/native_tracker.hpp"

namespace memory_tracker {

// The stations of a request, from the Rack environment to the core. Each runs through without
// giving another thread, or an exception from one, a chance to come in between; only notifying a
// callback calls Ruby code, and that comes last.
//
// `tracker` is the Ruby object around `native`. Under the GVL.
struct RequestFlight {
  VALUE tracker;
  NativeTracker& native;

  // Begins a request, and the name under which its environment knows it. kNoFlight where it is
  // not to be tracked: a middleware further out does, or there is no room.
  FlightToken begin(VALUE env) const;

  // The application has answered. True when the end of the response will be heard of, or has come;
  // false when the body has to be wrapped for that.
  bool answer(FlightToken token, VALUE env, VALUE status, VALUE headers) const;

  // The application gave no answer: it raised `error`, or threw (nil).
  void give_up(FlightToken token, VALUE env, VALUE error) const;

  // The response is finished. A request that has ended before is passed over.
  void finish(VALUE env, VALUE error) const;

  // A job or a block: `name` is a String, `fields` the inside of a JSON object as a String, or nil.
  FlightToken begin_work(Event event, VALUE name, VALUE fields) const;
  void finish_work(FlightToken token, VALUE error) const;

  // Ends what was answered and will not be closed any more.
  void finish_unclosed() const;

 private:
  Flight* take_off(FlightToken& token, Event event, bool timed) const;
  void land(FlightToken token, Flight& flight) const;
  void land_unclosed(FlightToken token) const;
};

}  // namespace memory_tracker
