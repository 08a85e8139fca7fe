#include "core/record/attribution.hpp"

#include <algorithm>

namespace memory_tracker {

namespace {

// What a process rises by beside its requests: a thread's stack, the server's buffers.
constexpr uint64_t kUnexplainedBytes = 512 * 1024;

}  // namespace

int64_t attributed_growth_bytes(const GrowthEvidence& evidence) noexcept {
  if (evidence.alone) {
    if (evidence.rss_before_bytes == kUnknown || evidence.rss_after_bytes == kUnknown) {
      return kUnknownSigned;
    }
    return static_cast<int64_t>(evidence.rss_after_bytes) -
           static_cast<int64_t>(evidence.rss_before_bytes);
  }
  if (evidence.touched_bytes == kUnknown) return kUnknownSigned;
  const uint64_t risen = evidence.course_after.risen_bytes - evidence.course_before.risen_bytes;
  const uint64_t fallen = evidence.course_after.fallen_bytes - evidence.course_before.fallen_bytes;
  if (evidence.huge_pages) {
    if (evidence.sliced_bytes != kUnknownSigned) return evidence.sliced_bytes;
    if (risen > evidence.touched_bytes + kUnexplainedBytes) return kUnknownSigned;
  }
  const uint64_t touched =
      evidence.touched_bytes - std::min(evidence.touched_bytes, evidence.gc_touched_bytes);
  const uint64_t room = evidence.copied_by_gc ? risen : risen + fallen;
  return static_cast<int64_t>(std::min(touched, room));
}

}  // namespace memory_tracker
