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

void EndpointHistory::Sums::add(const Sums& other) noexcept {
  sum += other.sum;
  squares += other.squares;
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

void EndpointHistory::give_up(uint64_t ordinal, const KeptFigures& first) {
  if (first.objects <= 0) return;
  Bin& bin = bins_[ordinal / width_];
  bin.given_up_objects.add(first.objects);
  bin.given_up_bytes.add(first.bytes);
  ++bin.given_up;
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
      into.objects[level].add(from.objects[level]);
      into.bytes[level].add(from.bytes[level]);
      into.positive[level] += from.positive[level];
    }
    into.given_up_objects.add(from.given_up_objects);
    into.given_up_bytes.add(from.given_up_bytes);
    into.given_up += from.given_up;
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
  size_t end = 0;
  for (const Bin& bin : bins_) {
    const SampleAge age{now.major_gcs - bin.ended.major_gcs, 0,
                        now.monotonic_ns - bin.ended.monotonic_ns};
    const bool waits = bin.positive[0] > bin.given_up;
    if (waits || !options.due(1, age)) break;
    ++end;
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

double EndpointHistory::staying_from(size_t checkpoint) const noexcept {
  double share = 1;
  for (size_t later = checkpoint + 1; later < kCheckpoints; ++later) {
    share *= survival_[later].of_samples();
  }
  return share;
}

bool EndpointHistory::knows_survival() const noexcept {
  return survival_[1].samples >= kFewestLooks;
}

uint64_t EndpointHistory::requests(View view) const noexcept {
  uint64_t count = 0;
  for (size_t index = view.begin; index < view.end; ++index) count += bins_[index].samples;
  return count;
}

KeptMoments EndpointHistory::moments(View view, std::array<Sums, kCheckpoints> Bin::*sums,
                                     Sums Bin::*given_up) const noexcept {
  KeptMoments moments;
  moments.requests = requests(view);
  const auto add = [&moments](const Sums& some, double remaining) {
    moments.sum += some.sum * remaining;
    moments.squares += some.squares * remaining * remaining;
  };
  const bool with_given_up = view.checkpoint > 0 && knows_survival();
  for (size_t index = view.begin; index < view.end; ++index) {
    const Bin& bin = bins_[index];
    for (size_t level = view.checkpoint; level < kCheckpoints; ++level) {
      add((bin.*sums)[level], remaining_from(level));
    }
    if (with_given_up) add(bin.*given_up, remaining_from(0));
  }
  return moments;
}

KeptMoments EndpointHistory::objects(View view) const noexcept {
  return moments(view, &Bin::objects, &Bin::given_up_objects);
}

KeptMoments EndpointHistory::seen_objects(View view) const noexcept {
  KeptMoments moments;
  moments.requests = requests(view);
  for (size_t index = view.begin; index < view.end; ++index) {
    for (size_t level = view.checkpoint; level < kCheckpoints; ++level) {
      moments.sum += bins_[index].objects[level].sum;
      moments.squares += bins_[index].objects[level].squares;
    }
  }
  return moments;
}

KeptMoments EndpointHistory::bytes(View view) const noexcept {
  return moments(view, &Bin::bytes, &Bin::given_up_bytes);
}

double EndpointHistory::staying(View view) const noexcept {
  double count = 0;
  for (size_t index = view.begin; index < view.end; ++index) {
    const Bin& bin = bins_[index];
    for (size_t level = view.checkpoint; level < kCheckpoints; ++level) {
      count += static_cast<double>(bin.positive[level]) * staying_from(level);
    }
    if (view.checkpoint > 0 && knows_survival()) {
      count += static_cast<double>(bin.given_up) * staying_from(0);
    }
  }
  return count;
}

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
