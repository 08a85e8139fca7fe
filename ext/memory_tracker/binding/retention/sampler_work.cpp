#include <algorithm>
#include <exception>
#include <unordered_map>
#include <utility>

#include "binding/gc_counters.hpp"
#include "binding/retention/new_object_hook.hpp"
#include "binding/retention/retention_sampler.hpp"
#include "core/clock.hpp"
#include "core/this_process.hpp"

// What the sampler does after a request, see RetentionSampler::work().
namespace memory_tracker {
namespace {

struct HandOver {
  FollowedSample& sample;
  const Reservoir& reservoir;
};

VALUE hold_weakly(VALUE pointer) {
  const HandOver& hand_over = *reinterpret_cast<HandOver*>(pointer);
  hand_over.sample.hold(hand_over.reservoir);
  return Qnil;
}

VALUE look_at(VALUE pointer) {
  reinterpret_cast<FollowedSample*>(pointer)->look();
  return Qnil;
}

uint64_t old_objects() noexcept {
  static const VALUE key = ID2SYM(rb_intern("old_objects"));
  static const bool known = GcCounters::known(key);
  return known ? rb_gc_stat(key) : kUnknown;
}

// A major collection counts from its beginning, and marks in steps between which requests end.
// Until it has marked all, `old_objects` says how far it has come, and what is dead is not known.
bool marking() noexcept {
  static const VALUE key = ID2SYM(rb_intern("state"));
  static const VALUE is_marking = ID2SYM(rb_intern("marking"));
  return rb_gc_latest_gc_info(key) == is_marking;
}

}  // namespace

// Brackets what may be done by one thread at a time, and is the tracker's own.
class RetentionSampler::Turn {
 public:
  explicit Turn(RetentionSampler& sampler) noexcept
      : sampler_(sampler), collections_(rb_gc_count()), began_ns_(thread_cpu_ns()) {
    sampler_.busy_ = true;
    new_object_hook::pause_current();
  }
  ~Turn() {
    new_object_hook::resume_current();
    if (sampler_.study_ != nullptr) {
      sampler_.study_->note_cost(own_ns() + new_object_hook::take_cost_ns());
    }
    sampler_.busy_ = false;
    if (sampler_.letting_go_) sampler_.let_go();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  // A collection that happens to begin here would have begun a moment later in somebody else's
  // work: the turn is then taken to have cost what the last one did.
  int64_t own_ns() const noexcept {
    if (rb_gc_count() == collections_) sampler_.last_turn_ns_ = thread_cpu_ns() - began_ns_;
    return sampler_.last_turn_ns_;
  }

  RetentionSampler& sampler_;
  size_t collections_;
  int64_t began_ns_;
};

int RetentionSampler::work(Tracker& tracker, uint64_t major_gcs) noexcept {
  if (!own_process()) renew(tracker);
  if (study_ == nullptr) {
    seen_major_gcs_ = major_gcs;
    return 0;
  }
  if (busy_) return 0;
  const Turn turn(*this);
  try {
    const int state = hand_over_ended();
    if (state != 0 || major_gcs == kUnknown || major_gcs == seen_major_gcs_) return state;
    if (marking()) return 0;
    note_collections(tracker, major_gcs);
    return look_again(kLooksAtOnce, requests_);
  } catch (const std::exception&) {
    // No memory: what was not done is done after another request, or never.
    return 0;
  }
}

int RetentionSampler::look_now(Tracker& tracker) noexcept {
  static const VALUE key = ID2SYM(rb_intern("major_gc_count"));
  static const bool known = GcCounters::known(key);
  if (!enabled_ || study_ == nullptr || !own_process() || busy_ || !known) return 0;
  const Turn turn(*this);
  try {
    const int state = hand_over_ended();
    if (state != 0 || marking()) return state;
    note_collections(tracker, rb_gc_stat(key));
    return look_again(SIZE_MAX, UINT64_MAX);
  } catch (const std::exception&) {
    return 0;
  }
}

int RetentionSampler::hand_over_ended() {
  for (size_t index = 0; index < flights_.size() && ended_ > 0; ++index) {
    if (flights_[index]->state != CountedFlight::State::kEnded) continue;
    const int state = hand_over(*flights_[index]);
    if (state != 0) return state;
  }
  return 0;
}

// The objects are held by the flight until each has its weak reference.
int RetentionSampler::hand_over(CountedFlight& flight) {
  --ended_;
  flight.state = CountedFlight::State::kHandingOver;
  study_->note_cost(flight.cost_ns());
  study_->learn_endpoint(flight.shape(), flight.request.endpoint);
  uint64_t id = 0;
  if (flight.usable() && followed_.size() < kMostFollowed) id = study_->follow(flight.request);
  int state = 0;
  if (id != 0) {
    followed_.push_back(std::make_unique<FollowedSample>(id, flight, texts_));
    HandOver hand_over{*followed_.back(), flight.reservoir()};
    const int64_t began_ns = thread_cpu_ns();
    const size_t collections = rb_gc_count();
    rb_protect(hold_weakly, reinterpret_cast<VALUE>(&hand_over), &state);
    // The finalizers that it gave the objects take about as long again when they run.
    if (!WeakObjects::kLetsGo && rb_gc_count() == collections) {
      study_->note_cost(thread_cpu_ns() - began_ns);
    }
    if (state != 0) {
      study_->abandon(id);
      forget(hand_over.sample);
    }
  }
  flight.release();
  return state;
}

void RetentionSampler::note_collections(Tracker& tracker, uint64_t major_gcs) noexcept {
  if (major_gcs <= major_gcs_) return;
  major_gcs_ = major_gcs;
  const Session* session = tracker.open_session();
  const uint64_t old = old_objects();
  if (session == nullptr || old == kUnknown) return;
  requests_ = session->totals().requests.load(std::memory_order_relaxed);
  study_->note_major_gc(major_gcs, old, requests_, monotonic_ns());
}

int RetentionSampler::look_again(size_t most, uint64_t requests) {
  const int64_t now_ns = monotonic_ns();
  for (size_t looks = 0; looks < most; ++looks) {
    FollowedSample* sample = due_sample(requests, now_ns);
    if (sample == nullptr) {
      seen_major_gcs_ = major_gcs_;
      return 0;
    }
    int state = 0;
    rb_protect(look_at, reinterpret_cast<VALUE>(sample), &state);
    if (state != 0) return state;
    tell(*sample);
  }
  return 0;
}

FollowedSample* RetentionSampler::due_sample(uint64_t requests, int64_t now_ns) const noexcept {
  for (const auto& sample : followed_) {
    // The request that is at work may have ended before one that it hands over.
    if (sample->major_gcs > major_gcs_ || sample->process_requests > requests) continue;
    const SampleAge age{major_gcs_ - sample->major_gcs, requests - sample->process_requests,
                        now_ns - sample->monotonic_ns};
    if (study_->due(sample->checkpoint, age)) return sample.get();
  }
  return nullptr;
}

void RetentionSampler::tell(FollowedSample& sample) {
  const bool more = study_->survived(sample.id, sample.checkpoint, sample.alive(), sample.bytes(),
                                     sample.groups(texts_, paths_));
  ++sample.checkpoint;
  if (!more || sample.checkpoint == kCheckpointMajorGcs.size()) {
    forget(sample);
  } else {
    sample.keep_survivors_only();
    thin_out_late();
  }
}

// Where too many wait for their later looks, the endpoint with the most of them gives up its
// newest: its others will come to their end, and those of a rare endpoint too.
void RetentionSampler::thin_out_late() {
  std::unordered_map<KnownTexts::Number, size_t> late;
  size_t count = 0;
  for (const auto& sample : followed_) {
    if (sample->checkpoint == 0) continue;
    ++late[sample->endpoint];
    ++count;
  }
  if (count <= kMostLate) return;
  const auto most = std::max_element(
      late.begin(), late.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto newest = std::find_if(followed_.rbegin(), followed_.rend(), [&](const auto& sample) {
    return sample->checkpoint != 0 && sample->endpoint == most->first;
  });
  study_->abandon((*newest)->id);
  forget(**newest);
}

void RetentionSampler::forget(const FollowedSample& sample) noexcept {
  const auto found = std::find_if(followed_.begin(), followed_.end(),
                                  [&](const auto& each) { return each.get() == &sample; });
  if (found != followed_.end()) followed_.erase(found);
}

}  // namespace memory_tracker
