#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/retention/retention_options.hpp"
#include "core/retention/retention_report.hpp"

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
  RetentionStudy(const RetentionOptions& options, int64_t now_ns);
  RetentionStudy(const RetentionStudy&) = delete;
  RetentionStudy& operator=(const RetentionStudy&) = delete;

  // Asked at the start of every request: false for nearly all of them, at the price of a decrement.
  bool candidate() noexcept {
    if (--countdown_ > 0) return false;
    begin_countdown();
    return true;
  }
  // Whether a candidate is sampled: by the shape of its path (with the method before it, where two
  // methods are two endpoints), or by the name of a job or block.
  bool choose(std::string_view shape, int64_t now_ns);
  // What a shape turned out to be, once the request has been routed.
  void learn_endpoint(std::string_view shape, std::string_view endpoint);

  // The sample's id; 0 where there is no room, and nothing is to be followed. Nothing comes back
  // of a request that had allocated nothing: its id is 0 as well.
  uint64_t follow(const SampledRequest& request);
  bool due(size_t checkpoint, uint64_t major_gcs_since, int64_t age_ns) const noexcept {
    return options_.due(checkpoint, major_gcs_since, age_ns);
  }
  // What is alive at a checkpoint: of the objects followed, their bytes, and where they come from.
  // False when the sample is done, and its survivors can be let go: none left, or the last look.
  bool survived(uint64_t sample, size_t checkpoint, uint64_t objects, uint64_t bytes,
                const std::vector<SurvivorGroup>& groups);
  // A sample that will not be looked at again: its figures so far count.
  void abandon(uint64_t sample);

  // What sampling took, whether chosen or not: hook, insertion, checks.
  void note_cost(int64_t nanoseconds) noexcept { cost_ns_ += nanoseconds; }

  // Right after each major GC: GC.stat's count, the old objects, the requests of the process that
  // had ended.
  void note_major_gc(uint64_t major_gcs, uint64_t old_objects, uint64_t process_requests,
                     int64_t now_ns);

  RetentionReport report(int64_t now_ns);
  RetentionFigures figures() const noexcept;

 private:
  void begin_countdown() noexcept;

  RetentionOptions options_;
  int64_t countdown_ = 1;
  int64_t began_ns_;
  int64_t cost_ns_ = 0;
  uint64_t last_sample_ = 0;
  uint64_t major_gcs_ = 0;
  std::unordered_map<uint64_t, SampledRequest> pending_;
};

}  // namespace memory_tracker
