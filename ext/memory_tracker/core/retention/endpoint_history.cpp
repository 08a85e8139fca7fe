#include "core/retention/endpoint_history.hpp"

#include <algorithm>
#include <cmath>

namespace memory_tracker {

void EndpointHistory::Sums::add(double kept) noexcept {
  sum += kept;
  squares += kept * kept;
}

// Sums of what is equal in binary, so nothing is left over but what rounding leaves.
void EndpointHistory::Sums::remove(double kept) noexcept {
  sum = std::max(0.0, sum - kept);
  squares = std::max(0.0, squares - kept * kept);
}

uint64_t EndpointHistory::add(const KeptFigures& kept, double scale) {
  if (samples_ == width_ * kMaxBins) merge_neighbours();
  if (samples_ == width_ * bins_.size()) bins_.emplace_back();
  Bin& bin = bins_.back();
  ++bin.samples;
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
  mature_samples_ = std::max(mature_samples_, ordinal + 1);
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

EndpointHistory::Range EndpointHistory::part(Range of, double from, double to) noexcept {
  const auto bin = [of](double share) {
    const auto bins = static_cast<double>(of.end - of.begin);
    return of.begin + static_cast<size_t>(std::lround(share * bins));
  };
  return {bin(from), bin(to)};
}

double EndpointHistory::remaining_from(size_t checkpoint) const noexcept {
  double share = 1;
  for (size_t later = checkpoint + 1; later < kCheckpoints; ++later) {
    share *= survival_[later].of_objects();
  }
  return share;
}

KeptMoments EndpointHistory::moments(Range range,
                                     std::array<Sums, kCheckpoints> Bin::*sums) const noexcept {
  KeptMoments moments;
  for (size_t level = 0; level < kCheckpoints; ++level) {
    const double remaining = remaining_from(level);
    for (size_t index = range.begin; index < range.end; ++index) {
      const Sums& of_level = (bins_[index].*sums)[level];
      moments.sum += of_level.sum * remaining;
      moments.squares += of_level.squares * remaining * remaining;
    }
  }
  for (size_t index = range.begin; index < range.end; ++index) {
    moments.requests += bins_[index].samples;
  }
  return moments;
}

KeptMoments EndpointHistory::objects(Range range) const noexcept {
  return moments(range, &Bin::objects);
}

KeptMoments EndpointHistory::bytes(Range range) const noexcept {
  return moments(range, &Bin::bytes);
}

uint64_t EndpointHistory::positive(Range range) const noexcept {
  uint64_t count = 0;
  for (size_t index = range.begin; index < range.end; ++index) {
    for (const uint64_t of_level : bins_[index].positive) count += of_level;
  }
  return count;
}

uint64_t EndpointHistory::late_positive(Range range) const noexcept {
  uint64_t count = 0;
  for (size_t index = range.begin; index < range.end; ++index) {
    for (size_t level = 1; level < kCheckpoints; ++level) {
      count += bins_[index].positive[level];
    }
  }
  return count;
}

}  // namespace memory_tracker
