#include "binding/retention/new_object_hook.hpp"

#include <ruby/debug.h>

#include <algorithm>
#include <array>

#include "core/clock.hpp"
#include "core/this_process.hpp"

namespace memory_tracker::new_object_hook {
namespace {

std::array<CountedFlight*, kMostWatched> watched{};
uint32_t watched_count = 0;
uint64_t watched_generation = 0;  // of the process that watches them
bool enabled = false;
uint64_t calls = 0;
uint64_t calls_taken = 0;
double price_ns = 40;  // until it is measured

// Ruby's own bookkeeping, which no program can see.
bool internal(VALUE object) noexcept {
  switch (RB_BUILTIN_TYPE(object)) {
    case RUBY_T_NONE:
    case RUBY_T_IMEMO:
    case RUBY_T_NODE:
    case RUBY_T_ICLASS:
    case RUBY_T_ZOMBIE:
    case RUBY_T_MOVED:
      return true;
    default:
      return false;
  }
}

void disable() noexcept;

void on_new_object(VALUE, const rb_trace_arg_t* argument) noexcept {
  ++calls;
  const VALUE thread = rb_thread_current();
  VALUE object = Qundef;
  VALUE fiber = Qundef;
  for (uint32_t index = 0; index < watched_count; ++index) {
    CountedFlight& flight = *watched[index];
    if (!flight.counts_thread(thread)) continue;
    if (object == Qundef) {
      if (!ThisProcess::instance().is_still(watched_generation)) {
        disable();
        return;
      }
      object = rb_tracearg_object(const_cast<rb_trace_arg_t*>(argument));
      if (internal(object)) return;
      // Makes the object of a thread's first fiber where it has none yet; this thread has one,
      // because its request was begun by asking for it.
      fiber = rb_fiber_current();
    }
    if (flight.counts_fiber(fiber)) flight.add(object);
  }
}

// The hook as Ruby's interface for hooks of any kind takes it.
rb_event_hook_func_t hook() noexcept {
  return reinterpret_cast<rb_event_hook_func_t>(reinterpret_cast<void*>(&on_new_object));
}

// A raw hook costs 4 to 10 % of an allocation less than a TracePoint. Its data is marked by the
// collector, so it is nil and the requests are in static memory.
void enable() noexcept {
  if (enabled) return;
  const auto flags =
      static_cast<rb_event_hook_flag_t>(RUBY_EVENT_HOOK_FLAG_SAFE | RUBY_EVENT_HOOK_FLAG_RAW_ARG);
  rb_add_event_hook2(hook(), RUBY_INTERNAL_EVENT_NEWOBJ, Qnil, flags);
  enabled = true;
}

void disable() noexcept {
  if (enabled) rb_remove_event_hook_with_data(hook(), Qnil);
  enabled = false;
}

int64_t allocate_objects(uint32_t count) {
  const int64_t began_ns = monotonic_ns();
  for (uint32_t number = 0; number < count; ++number) rb_obj_alloc(rb_cObject);
  return monotonic_ns() - began_ns;
}

}  // namespace

void measure_price() {
  static const ID stress = rb_intern("stress");
  static bool measured = false;
  // Under stress each allocation would be a collection.
  if (measured || RTEST(rb_funcallv(rb_mGC, stress, 0, nullptr)) || watched_count > 0) return;
  measured = true;
  // Takes all the way but for keeping the object.
  static CountedFlight scratch;
  scratch.begin_empty(rb_fiber_current());
  constexpr uint32_t kObjects = 100;
  constexpr uint32_t kRounds = 7;
  std::array<int64_t, kRounds> prices_ns;
  for (int64_t& price : prices_ns) {
    price = -allocate_objects(kObjects);
    watch(scratch);
    price += allocate_objects(kObjects);
    unwatch(scratch);
  }
  scratch.release();
  std::sort(prices_ns.begin(), prices_ns.end());
  price_ns = std::clamp(static_cast<double>(prices_ns[kRounds / 2]) / kObjects, 5.0, 500.0);
  calls = calls_taken = 0;
}

bool watch(CountedFlight& flight) noexcept {
  const uint64_t generation = ThisProcess::instance().generation();
  if (generation != watched_generation) {
    disable();
    watched_count = 0;
    watched_generation = generation;
  }
  if (watched_count == kMostWatched) return false;
  watched[watched_count++] = &flight;
  enable();
  return true;
}

void unwatch(CountedFlight& flight) noexcept {
  const auto end = watched.begin() + watched_count;
  const auto found = std::find(watched.begin(), end, &flight);
  if (found == end) return;
  *found = watched[--watched_count];
  if (watched_count == 0) disable();
}

int64_t take_cost_ns() noexcept {
  const uint64_t taken = calls - calls_taken;
  calls_taken = calls;
  return static_cast<int64_t>(static_cast<double>(taken) * price_ns);
}

void pause_current() noexcept {
  const VALUE thread = rb_thread_current();
  for (uint32_t index = 0; index < watched_count; ++index) watched[index]->pause_on(thread);
}

void resume_current() noexcept {
  const VALUE thread = rb_thread_current();
  for (uint32_t index = 0; index < watched_count; ++index) watched[index]->resume_on(thread);
}

}  // namespace memory_tracker::new_object_hook
