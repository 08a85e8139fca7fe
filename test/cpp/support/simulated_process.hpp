#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/retention/retention_study.hpp"

namespace memory_tracker::testing {

// Objects that one request left behind, alive until somebody frees them.
class KeptBatch {
 public:
  KeptBatch(uint64_t& live_objects, uint32_t objects, uint64_t bytes)
      : objects_(objects), bytes_(bytes), live_objects_(live_objects) {
    live_objects_ += objects;
  }
  KeptBatch(const KeptBatch&) = delete;
  KeptBatch& operator=(const KeptBatch&) = delete;

  void free() {
    if (alive_) live_objects_ -= objects_;
    alive_ = false;
  }
  bool alive() const { return alive_; }
  uint32_t objects() const { return objects_; }
  uint64_t bytes() const { return bytes_; }

 private:
  uint32_t objects_;
  uint64_t bytes_;
  uint64_t& live_objects_;
  bool alive_ = true;
};
using Kept = std::shared_ptr<KeptBatch>;

// A process that serves requests to endpoints which keep objects, with a sampler that does what the
// real one does: a reservoir of 200, looks after major GCs. What is true is known here, and the
// study is told only what a sampler could see.
class SimulatedProcess {
 public:
  // What a request of an endpoint keeps: null for nothing.
  using Behaviour = std::function<Kept(SimulatedProcess&)>;

  struct Endpoint {
    std::string name;
    double weight;       // of the traffic
    uint32_t allocated;  // objects a request, on average
    Behaviour behaviour;
  };
  struct Settings {
    double requests_per_second = 250;
    double requests_per_major_gc = 600;
    double noise_objects = 300;       // of the old objects, from one major GC to the next
    double stray_probability = 0.02;  // that a stale stack keeps some objects to the first look
    double threads = 0;  // each holds what its last request had until its next; 0: none does
    double warm_up_objects = 60'000;  // that the boot adds, by and by
    double warm_up_requests = 1500;
    size_t most_late = SIZE_MAX;  // samples that wait for their later looks
    int64_t sample_cost_ns = 250'000;
    int64_t candidate_cost_ns = 400;
  };

  SimulatedProcess(uint64_t seed, const RetentionOptions& options, const Settings& settings,
                   std::vector<Endpoint> endpoints)
      : random_(seed),
        settings_(settings),
        study_(options, static_cast<int64_t>(seed * 1'000'003)),
        began_ns_(static_cast<int64_t>(seed * 1'000'003)),
        now_ns_(began_ns_),
        endpoints_(std::move(endpoints)) {
    std::vector<double> weights;
    for (const Endpoint& endpoint : endpoints_) weights.push_back(endpoint.weight);
    mix_ = std::discrete_distribution<size_t>(weights.begin(), weights.end());
    next_major_ = draw_major();
  }

  void serve(uint64_t requests) {
    const uint64_t last = requests_ + requests;
    while (requests_ < last) serve_one();
  }

  void rest(double seconds) { now_ns_ += static_cast<int64_t>(seconds * 1e9); }

  Kept keep(uint32_t objects, uint64_t bytes) {
    return std::make_shared<KeptBatch>(live_objects_, objects, bytes);
  }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }
  uint64_t pick(uint64_t below) {
    return std::uniform_int_distribution<uint64_t>(0, below - 1)(random_);
  }
  double seconds() const { return static_cast<double>(now_ns_ - began_ns_) / 1e9; }
  uint64_t requests() const { return requests_; }
  uint64_t major_gcs() const { return major_gcs_; }
  RetentionStudy& study() { return study_; }

  EndpointReport report(const std::string& name) {
    for (EndpointReport& each : study_.report().endpoints) {
      if (each.endpoint == name) return each;
    }
    return {};
  }
  // Every endpoint that was called leaking at any time.
  const std::set<std::string>& accused() const { return accused_; }
  // Requests served when it was first called leaking; 0: never.
  uint64_t accused_at(const std::string& name) const {
    for (const auto& [accused, at] : accused_at_) {
      if (accused == name) return at;
    }
    return 0;
  }
  double spent_share() const {
    return static_cast<double>(study_.figures().cost_ns) / static_cast<double>(now_ns_ - began_ns_);
  }

 private:
  struct Sample {
    uint64_t id;
    Kept kept;
    uint32_t followed_kept;
    uint32_t strays;
    uint64_t major_gcs;
    uint64_t requests;
    int64_t ended_ns;
    size_t checkpoint = 0;
  };

  uint64_t draw_major() {
    const double gap = settings_.requests_per_major_gc;
    return requests_ + 1 +
           static_cast<uint64_t>(gap / 2 +
                                 static_cast<double>(pick(static_cast<uint64_t>(gap) + 1)));
  }

  void serve_one() {
    const Endpoint& endpoint = endpoints_[mix_(random_)];
    const double gap =
        std::exponential_distribution<double>(settings_.requests_per_second)(random_);
    now_ns_ += static_cast<int64_t>(gap * 1e9);
    bool sampled = false;
    if (study_.candidate()) {
      study_.note_cost(settings_.candidate_cost_ns);
      sampled = study_.choose("GET /" + endpoint.name, now_ns_);
    }
    const Kept kept = endpoint.behaviour ? endpoint.behaviour(*this) : nullptr;
    ++requests_;
    if (sampled) follow(endpoint, kept);
    if (requests_ >= next_major_) run_major_gc();
  }

  void follow(const Endpoint& endpoint, const Kept& kept) {
    study_.note_cost(settings_.sample_cost_ns);
    study_.learn_endpoint("GET /" + endpoint.name, endpoint.name);
    const uint32_t kept_objects = kept ? kept->objects() : 0;
    const auto spread = static_cast<uint32_t>(pick(endpoint.allocated / 2 + 1));
    const uint32_t allocated = endpoint.allocated * 3 / 4 + spread + kept_objects;
    const uint32_t reservoir = std::min<uint32_t>(200, allocated);
    uint32_t followed_kept = 0;
    for (uint32_t drawn = 0; drawn < reservoir; ++drawn) {
      if (pick(allocated - drawn) < kept_objects - followed_kept) ++followed_kept;
    }
    const uint32_t strays =
        chance(settings_.stray_probability) ? 1 + static_cast<uint32_t>(pick(5)) : 0;
    const SampledRequest request{endpoint.name, requests_, major_gcs_,
                                 now_ns_,       allocated, reservoir};
    const uint64_t id = study_.follow(request);
    if (id != 0)
      samples_.push_back({id, kept, followed_kept, strays, major_gcs_, requests_, now_ns_});
  }

  void run_major_gc() {
    ++major_gcs_;
    next_major_ = draw_major();
    const double booted =
        1 - std::exp(-static_cast<double>(requests_) / settings_.warm_up_requests);
    const double noise = std::normal_distribution<double>(0, settings_.noise_objects)(random_);
    const double old = 300'000 + settings_.warm_up_objects * booted + noise;
    study_.note_major_gc(major_gcs_, static_cast<uint64_t>(old) + live_objects_, requests_,
                         now_ns_);
    std::vector<Sample> staying;
    for (Sample& sample : samples_) {
      if (look(sample)) staying.push_back(std::move(sample));
    }
    samples_.swap(staying);
    thin_out_late();
    for (const EndpointReport& each : study_.report().endpoints) {
      if (each.verdict == EndpointVerdict::kLeaking && accused_.insert(each.endpoint).second) {
        accused_at_.emplace_back(each.endpoint, requests_);
      }
    }
  }

  // The newest of the endpoint with most, which is the only one of those that use this.
  void thin_out_late() {
    const auto is_late = [](const Sample& sample) { return sample.checkpoint > 0; };
    auto late = static_cast<size_t>(std::count_if(samples_.begin(), samples_.end(), is_late));
    for (; late > settings_.most_late; --late) {
      const auto newest = std::find_if(samples_.rbegin(), samples_.rend(), is_late);
      study_.abandon(newest->id);
      samples_.erase(std::next(newest).base());
    }
  }

  bool look(Sample& sample) {
    const uint64_t requests = requests_ - sample.requests;
    if (!study_.due(sample.checkpoint,
                    {major_gcs_ - sample.major_gcs, requests, now_ns_ - sample.ended_ns})) {
      return true;
    }
    const uint32_t kept = sample.kept && sample.kept->alive() ? sample.followed_kept : 0;
    uint32_t strays = sample.checkpoint == 0 ? sample.strays : 0;
    const bool held = settings_.threads > 0 &&
                      chance(std::pow(1 - 1 / settings_.threads, static_cast<double>(requests)));
    if (held) strays += 25;
    const uint64_t bytes = kept == 0 ? 0 : sample.kept->bytes() / sample.kept->objects() * kept;
    std::vector<SurvivorGroup> groups;
    if (kept > 0) groups.push_back({"Order", "app/models/order.rb:42", kept, bytes});
    if (strays > 0) groups.push_back({"String", "lib/stray.rb:1", strays, strays * 40});
    return study_.survived(sample.id, sample.checkpoint++, kept + strays, bytes + strays * 40,
                           groups);
  }

  std::mt19937_64 random_;
  Settings settings_;
  RetentionStudy study_;
  int64_t began_ns_;
  int64_t now_ns_;
  std::vector<Endpoint> endpoints_;
  std::discrete_distribution<size_t> mix_;
  uint64_t requests_ = 0;
  uint64_t major_gcs_ = 0;
  uint64_t next_major_ = 0;
  uint64_t live_objects_ = 0;
  std::vector<Sample> samples_;
  std::set<std::string> accused_;
  std::vector<std::pair<std::string, uint64_t>> accused_at_;
};

}  // namespace memory_tracker::testing
