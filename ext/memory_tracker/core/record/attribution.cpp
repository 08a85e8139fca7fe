#include "core/record/attribution.hpp"

#include <algorithm>

namespace memory_tracker {

namespace {

// What a process rises by beside its requests: a thread's stack, the server's buffers.
constexpr uint64_t kUnexplainedBytes = 512 * 1024;

// Less than this is what comes and goes at the top of a heap.
constexpr uint64_t kTellingFallBytes = 1024 * 1024;

uint64_t touched_by_request(const GrowthEvidence& evidence) noexcept {
  return evidence.touched_bytes - std::min(evidence.touched_bytes, evidence.gc_touched_bytes);
}

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
  const uint64_t touched = touched_by_request(evidence);
  if (evidence.copied_by_gc) return static_cast<int64_t>(std::min(touched, risen));
  if (touched <= risen + kUnexplainedBytes) return static_cast<int64_t>(touched);
  // More was touched than the process was seen to rise by. Either something that was there before
  // was given back and hid a rise, or the request gave back, or only copied, what it touched.
  const bool collected = evidence.collected && !evidence.copies;
  if (collected || fallen > risen + kTellingFallBytes) return static_cast<int64_t>(touched);
  return static_cast<int64_t>(risen > fallen ? risen - fallen : 0);
}

}  // namespace memory_tracker
