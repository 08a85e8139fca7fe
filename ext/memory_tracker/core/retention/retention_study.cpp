#include "core/retention/retention_study.hpp"

#include <algorithm>
#include <limits>

namespace memory_tracker {
namespace {

constexpr size_t kMaxPending = 256;

}  // namespace

RetentionStudy::RetentionStudy(const RetentionOptions& options, int64_t now_ns)
    : options_(options), began_ns_(now_ns) {
  begin_countdown();
}

void RetentionStudy::begin_countdown() noexcept {
  switch (options_.mode) {
    case RetentionOptions::Mode::kBudget:
      countdown_ = 8;
      break;
    case RetentionOptions::Mode::kRate:
      countdown_ = std::max<int64_t>(1, static_cast<int64_t>(1 / options_.rate));
      break;
    default:
      countdown_ = std::numeric_limits<int64_t>::max();
  }
}

bool RetentionStudy::choose(std::string_view, int64_t now_ns) {
  if (options_.mode == RetentionOptions::Mode::kRate) return true;
  const auto elapsed = static_cast<double>(now_ns - began_ns_);
  return static_cast<double>(cost_ns_) < elapsed * options_.budget_share;
}

void RetentionStudy::learn_endpoint(std::string_view, std::string_view) {}

uint64_t RetentionStudy::follow(const SampledRequest& request) {
  if (pending_.size() >= kMaxPending || request.reservoir == 0) return 0;
  pending_.emplace(++last_sample_, request);
  return last_sample_;
}

bool RetentionStudy::survived(uint64_t sample, size_t checkpoint, uint64_t objects, uint64_t,
                              const std::vector<SurvivorGroup>&) {
  if (objects > 0 && checkpoint + 1 < kCheckpointMajorGcs.size()) return true;
  abandon(sample);
  return false;
}

void RetentionStudy::abandon(uint64_t sample) { pending_.erase(sample); }

void RetentionStudy::note_major_gc(uint64_t, uint64_t, uint64_t, int64_t) { ++major_gcs_; }

RetentionReport RetentionStudy::report(int64_t) {
  RetentionReport report;
  report.process.major_gcs = major_gcs_;
  return report;
}

RetentionFigures RetentionStudy::figures() const noexcept {
  RetentionFigures figures;
  figures.samples = last_sample_;
  figures.pending = pending_.size();
  figures.cost_ns = cost_ns_;
  return figures;
}

}  // namespace memory_tracker
