#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/retention/followed_endpoint.hpp"
#include "core/retention/growth_course.hpp"
#include "core/retention/retention_mailbox.hpp"
#include "core/retention/retention_options.hpp"
#include "core/retention/retention_report.hpp"
#include "core/retention/sampling_plan.hpp"

namespace memory_tracker {

// Survivors of one sampled request that are alike.
struct SurvivorGroup {
  std::string class_name;
  std::string location;  // "app/models/order.rb:42", relative to the application
  uint32_t objects = 0;
  uint64_t bytes = 0;
};

// What is known of a sampled request when it ends.
struct SampledRequest {
  std::string endpoint;           // see endpoint_name()
  uint64_t process_requests = 0;  // of the process that had ended by then
  uint64_t major_gcs = 0;         // GC.stat's count by then
  int64_t monotonic_ns = 0;
  uint64_t allocated = 0;  // objects that the hook counted on its thread
  uint32_t reservoir = 0;  // of these, how many are followed
};

// Decides which requests are sampled, and makes of what they left alive an estimate and a verdict
// for each endpoint, and for the process.
//
// For threads that hold the GVL; the writer's thread has its side of the mailbox. Every structure
// is bounded. Throws std::bad_alloc and nothing else. Belongs to one process: a forked child makes
// its own and never touches its parent's.
class RetentionStudy {
 public:
  static constexpr size_t kMaxEndpoints = 200;  // and "other"
  static constexpr size_t kMaxShapes = 600;
  static constexpr size_t kMaxPending = 2048;
  // Before their first look samples have all their objects in the sampler's tables.
  static constexpr size_t kMaxUnseen = 256;

  RetentionStudy(const RetentionOptions& options, int64_t now_ns);
  RetentionStudy(const RetentionStudy&) = delete;
  RetentionStudy& operator=(const RetentionStudy&) = delete;

  // Asked at the start of every request: false for nearly all of them, at the price of a decrement.
  bool candidate() noexcept {
    if (--countdown_ > 0) return false;
    countdown_ = plan_.next_candidate();
    return true;
  }
  // Whether a candidate is sampled: by the shape of its path (with the method before it, where two
  // methods are two endpoints), or by the name of a job or block.
  bool choose(std::string_view shape, int64_t now_ns);
  // What a shape turned out to be, once the request has been routed.
  void learn_endpoint(std::string_view shape, std::string_view endpoint);

  // The sample's id; 0 where there is no room, and nothing is to be followed. A request of which
  // nothing is followed, because it allocated nothing, is one that keeps nothing: its id is 0.
  uint64_t follow(const SampledRequest& request);
  bool due(size_t checkpoint, const SampleAge& age) const noexcept {
    return options_.due(checkpoint, age);
  }
  // What is alive at a checkpoint: of the objects followed, their bytes, and where they come from.
  // Checkpoints in their order, none left out. False when the sample is done, and what it holds on
  // to can go: no survivors left, or this was the last look.
  bool survived(uint64_t sample, size_t checkpoint, uint64_t objects, uint64_t bytes,
                const std::vector<SurvivorGroup>& groups);
  // A sample that will not be looked at again: its figures so far count.
  void abandon(uint64_t sample);

  // What sampling took, whether chosen or not: hook, insertion, checks.
  void note_cost(int64_t nanoseconds) noexcept { plan_.note_cost(nanoseconds); }

  // Right after each major GC: GC.stat's count, the old objects, the requests of the process that
  // had ended.
  void note_major_gc(uint64_t major_gcs, uint64_t old_objects, uint64_t process_requests,
                     int64_t now_ns);

  RetentionReport report();
  RetentionFigures figures() const noexcept;
  RetentionMailbox& mailbox() noexcept { return mailbox_; }

 private:
  // An endpoint under suspicion is judged again when the process is: what it is said to keep is
  // compared with the growth.
  enum class Whom : uint8_t { kChanged, kChangedAndSuspect };
  struct Shape {
    FollowedEndpoint* endpoint = nullptr;  // null: not known yet
    SamplingPlan::Seat seat;               // until then
    uint64_t candidates = 0;
  };
  struct Pending {
    FollowedEndpoint* endpoint;
    double scale;
    Moment ended;
    size_t next_checkpoint;
    uint64_t ordinal;  // once it was looked at
    KeptFigures latest;
  };

  Shape& shape(std::string_view shape);
  FollowedEndpoint& endpoint(std::string_view name);
  void note_sites(FollowedEndpoint& endpoint, size_t checkpoint, double scale,
                  const std::vector<SurvivorGroup>& groups);
  void publish(int64_t now_ns);
  void judge(Whom whom);
  void choose_urgency() noexcept;
  std::optional<double> traffic_share(const FollowedEndpoint& endpoint) const noexcept;

  RetentionOptions options_;
  SamplingPlan plan_;
  int64_t countdown_;
  GrowthCourse course_;
  ProcessRetention process_;
  bool process_changed_ = false;
  Moment now_;  // the latest that the study was told of

  std::vector<std::unique_ptr<FollowedEndpoint>> endpoints_;
  std::unordered_map<std::string, FollowedEndpoint*> endpoints_by_name_;
  std::unordered_map<std::string, Shape> shapes_;
  Shape other_shape_;
  uint64_t candidates_ = 0;

  std::unordered_map<uint64_t, Pending> pending_;
  size_t unseen_ = 0;
  uint64_t last_sample_ = 0;
  uint64_t abandoned_ = 0;
  uint64_t refused_ = 0;
  double survivor_bytes_ = 0;
  double survivors_ = 0;

  std::vector<EndpointTraffic> traffic_;
  int64_t published_ns_ = 0;
  RetentionMailbox::Reports unposted_;
  RetentionMailbox mailbox_;
};

}  // namespace memory_tracker
