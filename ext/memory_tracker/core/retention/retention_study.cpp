#include "core/retention/retention_study.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/retention/endpoint_name.hpp"

namespace memory_tracker {
namespace {

// Reports go to the writer this often, as long as something changed.
constexpr int64_t kPublishNs = 1'000'000'000;

// Frequent endpoints leave this share of the room to the others.
constexpr double kScarceShare = 0.75;

// The slot of an object in Ruby's heap: the least that one can have.
constexpr double kSlotBytes = 40;

// Below this the share of the candidates says nothing about an endpoint's traffic.
constexpr uint64_t kFewestCandidates = 20;

}  // namespace

RetentionStudy::RetentionStudy(const RetentionOptions& options, int64_t now_ns)
    : options_(options), plan_(options, now_ns), countdown_(plan_.next_candidate()) {}

RetentionStudy::Shape& RetentionStudy::shape(std::string_view shape) {
  const std::string key(shape.substr(0, kLongestEndpoint));
  const auto known = shapes_.find(key);
  if (known != shapes_.end()) return known->second;
  return shapes_.size() < kMaxShapes ? shapes_[key] : other_shape_;
}

FollowedEndpoint& RetentionStudy::endpoint(std::string_view name) {
  const std::string key(name.substr(0, kLongestEndpoint));
  const auto known = endpoints_by_name_.find(key);
  if (known != endpoints_by_name_.end()) return *known->second;
  if (endpoints_.size() >= kMaxEndpoints && key != kOtherEndpoint) return endpoint(kOtherEndpoint);
  endpoints_.push_back(std::make_unique<FollowedEndpoint>(key));
  endpoints_by_name_.emplace(key, endpoints_.back().get());
  return *endpoints_.back();
}

bool RetentionStudy::choose(std::string_view path_shape, int64_t now_ns) {
  now_.monotonic_ns = now_ns;
  publish(now_ns);
  Shape& of = shape(path_shape);
  ++candidates_;
  ++(of.endpoint != nullptr ? of.endpoint->candidates : of.candidates);
  if (unseen_ >= kMaxUnseen || pending_.size() >= kMaxPending) return false;
  SamplingPlan::Seat& seat = of.endpoint != nullptr ? of.endpoint->seat : of.seat;
  const double weight = of.endpoint != nullptr ? of.endpoint->seat_weight() : 1;
  const bool scarce = static_cast<double>(unseen_) >= kScarceShare * kMaxUnseen;
  return plan_.take(seat, weight, scarce, now_ns);
}

void RetentionStudy::learn_endpoint(std::string_view path_shape, std::string_view name) {
  Shape& of = shape(path_shape);
  // Where there are too many shapes they share one, which stands for no endpoint.
  if (&of == &other_shape_) return;
  FollowedEndpoint& learned = endpoint(name);
  if (of.endpoint == &learned) return;
  if (of.endpoint == nullptr) {
    learned.candidates += std::exchange(of.candidates, 0);
    learned.seat.taken = std::max(learned.seat.taken, of.seat.taken);
    learned.seat.halved_at = std::max(learned.seat.halved_at, of.seat.halved_at);
  }
  of.endpoint = &learned;
}

uint64_t RetentionStudy::follow(const SampledRequest& request) {
  if (request.allocated == 0) {
    FollowedEndpoint& of = endpoint(request.endpoint);
    of.history.add({}, 1, {request.major_gcs, request.monotonic_ns});
    of.changed = true;
    return 0;
  }
  if (request.reservoir == 0 || unseen_ >= kMaxUnseen || pending_.size() >= kMaxPending) {
    ++refused_;
    return 0;
  }
  const double scale =
      static_cast<double>(request.allocated) / static_cast<double>(request.reservoir);
  pending_.emplace(
      ++last_sample_,
      Pending{
          &endpoint(request.endpoint), scale, {request.major_gcs, request.monotonic_ns}, 0, 0, {}});
  ++unseen_;
  return last_sample_;
}

bool RetentionStudy::survived(uint64_t sample, size_t checkpoint, uint64_t objects, uint64_t bytes,
                              const std::vector<SurvivorGroup>& groups) {
  const auto found = pending_.find(sample);
  if (found == pending_.end() || checkpoint != found->second.next_checkpoint) return false;
  Pending& pending = found->second;
  FollowedEndpoint& of = *pending.endpoint;
  const KeptFigures now{static_cast<double>(objects) * pending.scale,
                        static_cast<double>(bytes) * pending.scale};
  if (checkpoint == 0) {
    --unseen_;
    pending.ordinal = of.history.add(now, pending.scale, pending.ended);
    survivors_ += static_cast<double>(objects);
    survivor_bytes_ += static_cast<double>(bytes);
  } else {
    of.history.look_again(pending.ordinal, checkpoint, pending.latest, now);
  }
  of.changed = true;
  note_sites(of, checkpoint, pending.scale, groups);
  pending.latest = now;
  ++pending.next_checkpoint;
  if (objects > 0 && pending.next_checkpoint < kCheckpoints) return true;
  pending_.erase(found);
  return false;
}

void RetentionStudy::note_sites(FollowedEndpoint& of, size_t checkpoint, double scale,
                                const std::vector<SurvivorGroup>& groups) {
  SiteTable& sites = checkpoint == 0 ? of.young_sites : of.late_sites;
  for (const SurvivorGroup& group : groups) {
    sites.add(group.class_name, group.location, group.objects * scale);
  }
}

void RetentionStudy::abandon(uint64_t sample) {
  const auto found = pending_.find(sample);
  if (found == pending_.end()) return;
  const Pending& pending = found->second;
  if (pending.next_checkpoint == 0) --unseen_;
  if (pending.next_checkpoint == 1) {
    pending.endpoint->history.give_up(pending.ordinal, pending.latest);
    pending.endpoint->changed = true;
  }
  ++abandoned_;
  pending_.erase(found);
}

void RetentionStudy::note_major_gc(uint64_t major_gcs, uint64_t old_objects,
                                   uint64_t process_requests, int64_t now_ns) {
  now_ = {major_gcs, now_ns};
  course_.note(process_requests, old_objects);
  process_ = course_.judge();
  process_changed_ = true;
  published_ns_ = now_ns;
  judge(Whom::kChangedAndSuspect);
  choose_urgency();
}

void RetentionStudy::judge(Whom whom) {
  mailbox_.take_traffic(traffic_);
  const double object_bytes =
      survivors_ > 0 ? std::max(kSlotBytes, survivor_bytes_ / survivors_) : kSlotBytes;
  for (const auto& each : endpoints_) {
    if (each->history.samples() == 0) continue;
    if (!each->changed && (whom == Whom::kChanged || !each->may_leak())) continue;
    if (each->judge({options_, now_, process_, traffic_share(*each)}, object_bytes)) {
      unposted_.endpoints.push_back(each->report);
    }
  }
  if (std::exchange(process_changed_, false)) unposted_.process = process_;
  if (!unposted_.empty()) mailbox_.post(unposted_);
}

void RetentionStudy::publish(int64_t now_ns) {
  if (now_ns - published_ns_ < kPublishNs) return;
  published_ns_ = now_ns;
  judge(Whom::kChanged);
}

void RetentionStudy::choose_urgency() noexcept {
  const auto is_open = [](const auto& each) { return !each->settled(); };
  // Where nothing was sampled yet, everything is open.
  const bool open =
      endpoints_.empty() || std::any_of(endpoints_.begin(), endpoints_.end(), is_open);
  if (process_.is_rising() && open) {
    plan_.set_urgency(SamplingPlan::Urgency::kUrgent);
  } else {
    const bool settled = process_.verdict == ProcessVerdict::kPlateau && !open;
    plan_.set_urgency(settled ? SamplingPlan::Urgency::kQuiet : SamplingPlan::Urgency::kLooking);
  }
}

// Of all requests since the process began to serve, as its slope is; the writer's counts say what
// the traffic is at present.
std::optional<double> RetentionStudy::traffic_share(const FollowedEndpoint& of) const noexcept {
  if (of.candidates < kFewestCandidates) return std::nullopt;
  const auto candidates = static_cast<double>(of.candidates);
  return (candidates - 2 * std::sqrt(candidates)) / static_cast<double>(candidates_);
}

RetentionReport RetentionStudy::report() {
  judge(Whom::kChanged);
  RetentionReport report{process_, {}};
  for (const auto& each : endpoints_) {
    if (each->history.samples() == 0) continue;
    report.endpoints.push_back(each->report);
    note_traffic(report.endpoints.back(), find_traffic(traffic_, each->name), process_);
  }
  return report;
}

RetentionFigures RetentionStudy::figures() const noexcept {
  RetentionFigures figures;
  figures.samples = last_sample_;
  figures.abandoned = abandoned_;
  figures.refused = refused_;
  figures.pending = pending_.size();
  figures.endpoints = endpoints_.size();
  figures.cost_ns = plan_.cost_ns();
  return figures;
}

}  // namespace memory_tracker
