#include "core/retention/endpoint_history.hpp"

#include <algorithm>
#include <cmath>

namespace memory_tracker {
namespace {

constexpr double kStraylessShare = 0.9;
constexpr uint64_t kFewestLooks = 3;
constexpr uint64_t kFewestMature = 20;

}  // namespace

void EndpointHistory::Sums::add(double kept) noexcept {
  sum += kept;
  squares += kept * kept;
}

// Sums of what is equal in binary, so nothing is left over but what rounding leaves.
void EndpointHistory::Sums::remove(double kept) noexcept {
  sum = std::max(0.0, sum - kept);
  squares = std::max(0.0, squares - kept * kept);
}

uint64_t EndpointHistory::add(const KeptFigures& kept, double scale, const Moment& ended) {
  if (samples_ == width_ * kMaxBins) merge_neighbours();
  if (samples_ == width_ * bins_.size()) bins_.emplace_back();
  Bin& bin = bins_.back();
  ++bin.samples;
  bin.ended = ended;
  scales_ += scale;
  if (kept.objects > 0) {
    bin.objects[0].add(kept.objects);
    bin.bytes[0].add(kept.bytes);
    ++bin.positive[0];
  }
  return samples_++;
}

void EndpointHistory::look_again(uint64_t ordinal, size_t checkpoint, const KeptFigures& before,
                                 const KeptFigures& now) {
  Bin& bin = bins_[ordinal / width_];
  const size_t previous = checkpoint - 1;
  bin.objects[previous].remove(before.objects);
  bin.bytes[previous].remove(before.bytes);
  --bin.positive[previous];
  if (now.objects > 0) {
    bin.objects[checkpoint].add(now.objects);
    bin.bytes[checkpoint].add(now.bytes);
    ++bin.positive[checkpoint];
  }
  Survival& survival = survival_[checkpoint];
  ++survival.samples;
  survival.survivors += now.objects > 0 ? 1 : 0;
  survival.objects_before += before.objects;
  survival.objects_after += now.objects;
}

void EndpointHistory::merge_neighbours() {
  for (size_t index = 0; index < bins_.size(); ++index) {
    Bin& into = bins_[index / 2];
    if (index % 2 == 0) {
      into = bins_[index];
      continue;
    }
    const Bin& from = bins_[index];
    into.samples += from.samples;
    into.ended = from.ended;
    for (size_t level = 0; level < kCheckpoints; ++level) {
      into.objects[level].sum += from.objects[level].sum;
      into.objects[level].squares += from.objects[level].squares;
      into.bytes[level].sum += from.bytes[level].sum;
      into.bytes[level].squares += from.bytes[level].squares;
      into.positive[level] += from.positive[level];
    }
  }
  bins_.resize(bins_.size() / 2);
  width_ *= 2;
}

double EndpointHistory::mean_scale() const noexcept {
  return samples_ == 0 ? 1 : scales_ / static_cast<double>(samples_);
}

EndpointHistory::View EndpointHistory::View::part(double from, double to) const noexcept {
  const auto bin = [this](double share) {
    return begin + static_cast<size_t>(std::lround(share * static_cast<double>(end - begin)));
  };
  return {bin(from), bin(to), checkpoint};
}

EndpointHistory::View EndpointHistory::mature(const RetentionOptions& options,
                                              const Moment& now) const noexcept {
  size_t end = bins_.size();
  while (end > 0) {
    const Moment& ended = bins_[end - 1].ended;
    if (options.due(1, now.major_gcs - ended.major_gcs, now.monotonic_ns - ended.monotonic_ns)) {
      break;
    }
    --end;
  }
  return {0, end, 1};
}

EndpointHistory::View EndpointHistory::best(const RetentionOptions& options,
                                            const Moment& now) const noexcept {
  const View old = mature(options, now);
  const bool strays =
      survival_[1].samples < kFewestLooks || survival_[1].of_objects() < kStraylessShare;
  return strays && requests(old) >= kFewestMature ? old : all();
}

double EndpointHistory::remaining_from(size_t checkpoint) const noexcept {
  double share = 1;
  for (size_t later = checkpoint + 1; later < kCheckpoints; ++later) {
    share *= survival_[later].of_objects();
  }
  return share;
}

uint64_t EndpointHistory::requests(View view) const noexcept {
  uint64_t count = 0;
  for (size_t index = view.begin; index < view.end; ++index) count += bins_[index].samples;
  return count;
}

KeptMoments EndpointHistory::moments(View view,
                                     std::array<Sums, kCheckpoints> Bin::*sums) const noexcept {
  KeptMoments moments;
  moments.requests = requests(view);
  for (size_t level = view.checkpoint; level < kCheckpoints; ++level) {
    const double remaining = remaining_from(level);
    for (size_t index = view.begin; index < view.end; ++index) {
      const Sums& of_level = (bins_[index].*sums)[level];
      moments.sum += of_level.sum * remaining;
      moments.squares += of_level.squares * remaining * remaining;
    }
  }
  return moments;
}

KeptMoments EndpointHistory::objects(View view) const noexcept {
  return moments(view, &Bin::objects);
}

KeptMoments EndpointHistory::bytes(View view) const noexcept { return moments(view, &Bin::bytes); }

uint64_t EndpointHistory::positive(View view) const noexcept {
  uint64_t count = 0;
  for (size_t index = view.begin; index < view.end; ++index) {
    for (size_t level = view.checkpoint; level < kCheckpoints; ++level) {
      count += bins_[index].positive[level];
    }
  }
  return count;
}

}  // namespace memory_tracker
