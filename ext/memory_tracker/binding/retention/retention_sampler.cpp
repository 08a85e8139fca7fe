#include "binding/retention/retention_sampler.hpp"

#include <ruby/version.h>

#include <exception>
#include <utility>

#include "binding/gc_counters.hpp"
#include "binding/pinned.hpp"
#include "binding/retention/new_object_hook.hpp"
#include "core/clock.hpp"
#include "core/output/route_shape.hpp"
#include "core/retention/endpoint_name.hpp"
#include "core/this_process.hpp"

namespace memory_tracker {
namespace {

constexpr const char* kTopic = "retention";

// By its method too: GET and POST of one path are two endpoints.
std::string shape_of(const RequestRecord& record) {
  if (record.event != Event::kRequest) return std::string(record.texts.get(Text::kName));
  std::string shape(record.texts.get(Text::kMethod));
  shape += ' ';
  std::string_view path = record.texts.get(Text::kUrl);
  shape += route_shape(path.substr(0, path.find('?')));
  return shape;
}

uint64_t ended_requests(Tracker& tracker) noexcept {
  Session* session = tracker.open_session();
  return session == nullptr ? 0 : session->totals().requests.load(std::memory_order_relaxed);
}

bool several_ractors() {
  static const ID count = rb_intern("count");
  static const VALUE ractor = pinned(rb_const_get(rb_cObject, rb_intern("Ractor")));
  return rb_funcallv(ractor, count, 0, nullptr) != INT2FIX(1);
}

// Why this Ruby cannot be sampled; empty where it can.
std::string refusal() {
  const std::string version(ruby_version);
  if (version == "3.2.0" || version == "3.2.1" || version == "3.2.2") {
    return "Ruby " + version + " crashes with a hook on allocations (Bug #19482), 3.2.3 does not";
  }
  if (!GcCounters::known(ID2SYM(rb_intern("major_gc_count")))) {
    return "the collector of this Ruby does not count its major collections";
  }
  return {};
}

}  // namespace

RetentionSampler::RetentionSampler(Tracker& tracker, ApplicationPaths paths)
    : paths_(std::move(paths)), enabled_(tracker.samples_retention()) {
  if (!enabled_) return;
  refused_ = refusal();
  if (refused_.empty()) {
    followed_.reserve(kMostFollowed);
    new_object_hook::measure_price();
  } else {
    enabled_ = false;
    refuse(tracker);
  }
}

RetentionSampler::~RetentionSampler() { stop(); }

void RetentionSampler::refuse(Tracker& tracker) {
  tracker.complain(kTopic, "no request is sampled for what it keeps: " + refused_);
}

// The hook and several Ractors crash Ruby 3.1 (Bug #18464), and elsewhere it would count in threads
// that hold another lock than ours.
bool RetentionSampler::ask_ruby() {
  if (several_ractors()) {
    obstacle_ = "Ractors are in use";
  } else if (!WeakObjects::room()) {
    obstacle_ = "what is followed already stays alive, and this Ruby cannot let go of it";
  } else {
    obstacle_ = nullptr;
  }
  return true;
}

// Within a request, because a child has its own complaints only from its first one on.
bool RetentionSampler::permitted(Tracker& tracker) {
  if (obstacle_ != nullptr) {
    refused_ = obstacle_;
    refuse(tracker);
    return false;
  }
  if (!refused_.empty()) {
    refused_.clear();
    tracker.settle(kTopic);
  }
  return true;
}

bool RetentionSampler::own_process() const noexcept {
  return study_ != nullptr && ThisProcess::instance().is_still(generation_);
}

void RetentionSampler::renew(Tracker& tracker) noexcept {
  const uint64_t generation = ThisProcess::instance().generation();
  if (generation != generation_) {
    // What a parent process was about to do is not this one's, and who was at it is not here.
    busy_ = false;
    let_go();
  }
  generation_ = generation;
  Session* session = tracker.open_session();
  study_ = session == nullptr ? nullptr : session->study();
  began_ns_ = monotonic_ns();
}

void RetentionSampler::begin(Tracker& tracker, Flight& flight) noexcept {
  const bool known = own_process();
  if (!known) renew(tracker);
  if (study_ == nullptr || (!known && !study_->candidate())) return;
  try {
    if (!permitted(tracker)) return;
    const int64_t now_ns = monotonic_ns();
    std::string shape = shape_of(flight.record());
    const bool chosen = study_->choose(shape, now_ns);
    uint32_t number = 0;
    CountedFlight* place = chosen ? free_place(number) : nullptr;
    if (place != nullptr) {
      place->begin(std::move(shape), static_cast<VALUE>(flight.execution), paths_);
      if (new_object_hook::watch(*place)) {
        flight.sample = number;
      } else {
        place->release();
      }
    }
    study_->note_cost(monotonic_ns() - now_ns);
  } catch (const std::exception&) {
    // No memory: it is not sampled.
  }
}

// A place with the number by which a flight knows it.
CountedFlight* RetentionSampler::free_place(uint32_t& number) {
  if (followed_.size() >= kMostFollowed) return nullptr;
  number = 1;
  for (const auto& flight : flights_) {
    if (flight->state == CountedFlight::State::kFree) return flight.get();
    ++number;
  }
  if (flights_.size() == new_object_hook::kMostWatched) return nullptr;
  flights_.push_back(std::make_unique<CountedFlight>());
  return flights_.back().get();
}

void RetentionSampler::stop_counting(const Flight& flight) noexcept {
  if (flight.sample > flights_.size()) return;
  new_object_hook::unwatch(*flights_[flight.sample - 1]);
}

void RetentionSampler::end(Tracker& tracker, Flight& flight) noexcept {
  if (flight.sample > flights_.size()) return;
  CountedFlight& counted = *flights_[flight.sample - 1];
  flight.sample = 0;
  const uint64_t major_gcs = flight.record().after.ruby.gc_major_count;
  try {
    counted.request.endpoint = endpoint_name(flight.record());
    counted.request.process_requests = ended_requests(tracker) + 1;
    counted.request.major_gcs = major_gcs;
    counted.request.monotonic_ns = monotonic_ns();
    counted.end(!flight.elsewhere && major_gcs != kUnknown);
    ++ended_;
  } catch (const std::exception&) {
    counted.release();
  }
}

RetentionStats RetentionSampler::stats() const {
  RetentionStats stats;
  stats.refused = refused_;
  if (study_ == nullptr || !ThisProcess::instance().is_still(generation_)) return stats;
  stats.figures = study_->figures();
  stats.followed = followed_.size();
  for (const auto& flight : flights_) {
    if (flight->state == CountedFlight::State::kCounting) ++stats.in_flight;
  }
  const int64_t elapsed_ns = monotonic_ns() - began_ns_;
  if (elapsed_ns > 0) {
    stats.share_of_time =
        static_cast<double>(stats.figures.cost_ns) / static_cast<double>(elapsed_ns);
  }
  return stats;
}

void RetentionSampler::mark() noexcept {
  for (const auto& flight : flights_) flight->mark();
  for (const auto& sample : followed_) sample->mark();
}

void RetentionSampler::stop() noexcept {
  enabled_ = false;
  let_go();
}

void RetentionSampler::let_go() noexcept {
  letting_go_ = busy_;
  if (busy_) return;
  for (const auto& flight : flights_) {
    new_object_hook::unwatch(*flight);
    flight->release();
  }
  ended_ = 0;
  followed_.clear();
  study_ = nullptr;
}

}  // namespace memory_tracker
