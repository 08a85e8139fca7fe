#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/retention/kept_moments.hpp"
#include "core/retention/retention_options.hpp"

namespace memory_tracker {

constexpr size_t kCheckpoints = kCheckpointMajorGcs.size();

// What a sampled request had alive at a look, scaled from the followed objects to all.
struct KeptFigures {
  double objects = 0;
  double bytes = 0;
};

// When something was, by both measures of age.
struct Moment {
  uint64_t major_gcs = 0;
  int64_t monotonic_ns = 0;
};

// The samples of one endpoint in the order of their first look, however many: they lie in at most
// kMaxBins bins of equal width, and where these are full, neighbours are merged. So there is a
// course to judge by, early against late, and the memory is bounded.
//
// Each sample counts with its latest look. One that was looked at young counts with the part that
// others of its endpoint had left when they were older.
class EndpointHistory {
 public:
  static constexpr size_t kMaxBins = 24;

  // A part of the samples: bins [begin, end), with the looks from a checkpoint on.
  struct View {
    size_t begin;
    size_t end;
    size_t checkpoint;

    // From one share to another, to whole bins.
    View part(double from, double to) const noexcept;
  };

  // `scale` is allocated objects by followed ones: what one survivor stands for. Returns what the
  // later looks at this sample are to name.
  uint64_t add(const KeptFigures& kept, double scale, const Moment& ended);
  void look_again(uint64_t ordinal, size_t checkpoint, const KeptFigures& before,
                  const KeptFigures& now);
  // A sample that nobody will look at a second time, with what its first look showed. Had it kept
  // nothing for that, a constant rate would seem to fall.
  void give_up(uint64_t ordinal, const KeptFigures& first);

  uint64_t samples() const noexcept { return samples_; }
  double mean_scale() const noexcept;

  View all() const noexcept { return {0, bins_.size(), 0}; }
  // The samples that were old enough for the second checkpoint at a moment, up to the first that is
  // still to be looked at, without what was looked at only once: of younger ones nobody knows yet
  // what stays, and what strays on a stale stack is gone by then.
  View mature(const RetentionOptions& options, const Moment& now) const noexcept;
  // What the estimates are made of: all samples, unless much of what the first look finds is gone
  // at the second; then the mature ones, once these are enough.
  View best(const RetentionOptions& options, const Moment& now) const noexcept;

  uint64_t requests(View view) const noexcept;
  KeptMoments objects(View view) const noexcept;
  KeptMoments bytes(View view) const noexcept;
  // As the latest looks showed it, whatever of that is expected to go.
  KeptMoments seen_objects(View view) const noexcept;
  // Samples with survivors at their latest look.
  uint64_t positive(View view) const noexcept;
  // How many are to stay, by what became of others of the endpoint: a figure for comparisons.
  double staying(View view) const noexcept;

  // What became, at `checkpoint`, of what was alive at the one before.
  struct Survival {
    uint64_t samples = 0;
    uint64_t survivors = 0;  // of the samples
    double objects_before = 0;
    double objects_after = 0;

    double of_samples() const noexcept {
      return samples > 0 ? static_cast<double>(survivors) / static_cast<double>(samples) : 1;
    }
    double of_objects() const noexcept {
      return objects_before > 0 ? objects_after / objects_before : 1;
    }
  };
  const Survival& survival(size_t checkpoint) const noexcept { return survival_[checkpoint]; }
  // Enough is known of what becomes of first looks.
  bool knows_survival() const noexcept;

 private:
  struct Sums {
    double sum = 0;
    double squares = 0;

    void add(double kept) noexcept;
    void remove(double kept) noexcept;
    void add(const Sums& other) noexcept;
  };
  struct Bin {
    uint64_t samples = 0;
    Moment ended;  // the last of them
    // By the checkpoint of the latest look.
    std::array<Sums, kCheckpoints> objects;
    std::array<Sums, kCheckpoints> bytes;
    std::array<uint64_t, kCheckpoints> positive{};
    // Those of the first look that have not got and will not get another.
    Sums given_up_objects;
    Sums given_up_bytes;
    uint64_t given_up = 0;
  };

  void merge_neighbours();
  double remaining_from(size_t checkpoint) const noexcept;
  double staying_from(size_t checkpoint) const noexcept;
  KeptMoments moments(View view, std::array<Sums, kCheckpoints> Bin::*sums,
                      Sums Bin::*given_up) const noexcept;

  std::vector<Bin> bins_;
  uint64_t width_ = 1;
  uint64_t samples_ = 0;
  double scales_ = 0;
  std::array<Survival, kCheckpoints> survival_;
};

}  // namespace memory_tracker
