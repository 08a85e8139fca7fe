#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "support/keeping_behaviours.hpp"
#include "support/simulated_process.hpp"

namespace memory_tracker {
namespace {

using testing::SimulatedProcess;
using Verdict = EndpointVerdict;

// The workloads of benchmark/retention.rb: two bursts of requests with a rest between them, so most
// of the samples of the second are young in the end; and machines of every speed.
struct Workload {
  const char* name;
  double share;  // of the traffic, that goes to the endpoint "keeps"
  double rate;
  std::function<SimulatedProcess::Behaviour()> behaviour;
  std::vector<Verdict> right;
  uint64_t least_right;           // of kSeeds runs
  double requests_a_major_gc{0};  // 0: as it happens
};

constexpr uint64_t kSeeds = 40;
constexpr const char* kPages[] = {"home", "search", "article", "feed"};

std::vector<Workload> workloads() {
  using namespace testing;  // NOLINT: the behaviours read as sentences
  const std::vector<Verdict> leaking{Verdict::kLeaking};
  const std::vector<Verdict> holding{Verdict::kHolding};
  const std::vector<Verdict> filling{Verdict::kFilling};
  return {
      {"1 object in 50 %", 0.5, 0.1, [] { return leaks(1); }, leaking, 38},
      {"1 object in 1 %", 0.01, 0.5, [] { return leaks(1); }, leaking, 36},
      {"1 object in 10 %", 0.1, 0.1, [] { return leaks(1); }, leaking, 38},
      {"8 objects in 10 %", 0.1, 0.1, [] { return leaks(8); }, leaking, 39},
      {"5 objects, much sampled", 0.5, 0.5, [] { return leaks(5); }, leaking, 39},
      {"cache that fills", 0.4, 0.1, [] { return fills_cache(1000, 3); }, filling, 38},
      {"LRU of 100", 0.4, 0.1, [] { return fills_bounded_cache(100, 3); }, holding, 38, 40},
      {"sessions", 0.2, 0.2, [] { return holds_session(60, 4, 1); }, holding, 39},
      {"batches", 0.4, 0.1, [] { return collects_batches(200, 3); }, holding, 38, 40},
      {"bloat", 0.02, 0.3, [] { return SimulatedProcess::Behaviour(); }, {Verdict::kClean}, 32, 12},
  };
}

SimulatedProcess process_of(const Workload& workload, uint64_t seed) {
  std::mt19937_64 random(seed * 7919 + 17);
  std::uniform_real_distribution<double> share(0, 1);
  SimulatedProcess::Settings settings;
  settings.requests_per_second = 20 * std::pow(30, share(random));
  settings.requests_per_major_gc = 30 * std::pow(4, share(random));
  if (workload.requests_a_major_gc > 0) {
    settings.requests_per_major_gc = workload.requests_a_major_gc;
  }
  settings.noise_objects = 120;
  settings.stray_probability = 0.006;
  settings.threads = 5;
  settings.warm_up_objects = 1200;
  settings.warm_up_requests = 300;
  settings.most_late = 384;
  RetentionOptions options;
  options.mode = RetentionOptions::Mode::kRate;
  options.rate = workload.rate;
  std::vector<SimulatedProcess::Endpoint> endpoints{
      {"keeps", workload.share, 400, workload.behaviour()}};
  for (const char* page : kPages) {
    endpoints.push_back({page, (1 - workload.share) / 4, 800, nullptr});
  }
  return {seed, options, settings, std::move(endpoints)};
}

class BurstsTest : public ::testing::TestWithParam<size_t> {};

TEST_P(BurstsTest, VerdictsAreRightAndAnUnknownSaysWhatItTakes) {
  const Workload workload = workloads().at(GetParam());
  const bool leaks = workload.right.front() == Verdict::kLeaking;
  uint64_t right = 0;
  uint64_t blamed = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SimulatedProcess process = process_of(workload, seed);
    process.serve(4000);
    process.rest(77);
    process.serve(4000);
    for (const EndpointReport& each : process.study().report().endpoints) {
      const bool unknown = each.verdict == Verdict::kUndecided;
      EXPECT_EQ(unknown, each.samples_needed > 0) << workload.name << ", seed " << seed;
      if (each.endpoint != "keeps") {
        EXPECT_EQ(each.verdict, Verdict::kClean) << workload.name << ", seed " << seed;
      }
    }
    const Verdict verdict = process.report("keeps").verdict;
    const auto& expected = workload.right;
    if (std::find(expected.begin(), expected.end(), verdict) != expected.end()) ++right;
    for (const std::string& name : process.accused()) {
      EXPECT_EQ(name, "keeps") << workload.name << ", seed " << seed;
      if (!leaks) ++blamed;
    }
  }
  EXPECT_GE(right, workload.least_right) << workload.name;
  // Half full, a cache has grown as a leak would have.
  const bool fills = workload.right.front() == Verdict::kFilling;
  EXPECT_LE(blamed, fills ? kSeeds / 10 : 0) << workload.name;
}

INSTANTIATE_TEST_SUITE_P(Workloads, BurstsTest, ::testing::Range<size_t>(0, workloads().size()));

}  // namespace
}  // namespace memory_tracker
