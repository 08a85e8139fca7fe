#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "support/keeping_behaviours.hpp"
#include "support/simulated_process.hpp"

namespace memory_tracker {
namespace {

using testing::SimulatedProcess;
using Verdict = EndpointVerdict;

constexpr uint64_t kSeeds = 20;

struct Workload {
  const char* name;
  double share;  // of the traffic, that goes to the endpoint "keeps"
  uint32_t allocated;
  std::function<SimulatedProcess::Behaviour()> behaviour;
  std::vector<Verdict> right;
  double kept_objects;  // a request, for good; below 0: not steady
  uint64_t requests = 50'000;
};

std::vector<Workload> workloads() {
  using namespace testing;  // NOLINT: the behaviours read as sentences
  const std::vector<Verdict> leaking{Verdict::kLeaking};
  const std::vector<Verdict> holding{Verdict::kHolding};
  const std::vector<Verdict> filled{Verdict::kFilling, Verdict::kClean};
  return {
      {"1 object, half of the traffic", 0.5, 2000, [] { return leaks(1); }, leaking, 1},
      {"1 object of 200", 0.1, 200, [] { return leaks(1); }, leaking, 1},
      {"5 objects, 1 %", 0.01, 2000, [] { return leaks(5); }, leaking, 5},
      {"20 objects, 5 %", 0.05, 5000, [] { return leaks(20); }, leaking, 20},
      {"1,000 objects, 0.1 %", 0.001, 3000, [] { return leaks(1000); }, leaking, 1000},
      {"1,000 objects, 10 %", 0.1, 3000, [] { return leaks(1000); }, leaking, 1000},
      {"10 objects, one request of ten", 0.2, 1500, [] { return leaks(10, 0.1); }, leaking, 1,
       120'000},
      {"nothing", 0.2, 2000, [] { return SimulatedProcess::Behaviour(); }, {Verdict::kClean}, 0},
      {"memo", 0.2, 2000, [] { return memoizes(1000); }, filled, -1},
      {"pool", 0.2, 2000, [] { return warms_pool(25, 300); }, filled, -1},
      {"cache of 200", 0.2, 2000, [] { return fills_cache(200, 10); }, filled, -1},
      {"cache of 2,000", 0.2, 2000, [] { return fills_cache(2000, 10); }, filled, -1, 80'000},
      {"cache of 10,000", 0.2, 2000, [] { return fills_cache(10'000, 10); }, filled, -1, 150'000},
      {"LRU of 500", 0.2, 2000, [] { return fills_bounded_cache(500, 10); }, holding, 0},
      {"LRU of 3,000", 0.2, 2000, [] { return fills_bounded_cache(3000, 10); }, holding, 0},
      {"sessions", 0.2, 2000, [] { return holds_session(60, 10, 0.5); }, holding, 0},
      {"batches", 0.2, 2000, [] { return collects_batches(500, 10); }, holding, 0},
  };
}

// Five clean endpoints beside the one that may keep something, down to 1 % of the traffic.
SimulatedProcess process_of(const Workload& workload, uint64_t seed) {
  const double rest = 1 - workload.share;
  RetentionOptions options;
  options.mode = RetentionOptions::Mode::kBudget;
  return {seed,
          options,
          {},
          {{"keeps", workload.share, workload.allocated, workload.behaviour()},
           {"index", rest * 0.5, 3000, nullptr},
           {"show", rest * 0.3, 1500, nullptr},
           {"report", rest * 0.15, 8000, nullptr},
           {"create", rest * 0.04, 2000, nullptr},
           {"health", rest * 0.01, 2000, nullptr}}};
}

bool is_allowed_to_be_accused(const Workload& workload) {
  // Half full, a large cache has grown as a leak would have.
  return workload.right.front() == Verdict::kLeaking || workload.kept_objects < 0;
}

TEST(WorkloadsTest, VerdictsAreRightAndNobodyIsBlamedForNothing) {
  uint64_t runs = 0;
  uint64_t right = 0;
  uint64_t steady = 0;
  uint64_t within = 0;
  for (const Workload& workload : workloads()) {
    uint64_t right_here = 0;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      SimulatedProcess process = process_of(workload, seed);
      process.serve(workload.requests);
      for (const std::string& name : process.accused()) {
        EXPECT_TRUE(name == "keeps" && is_allowed_to_be_accused(workload))
            << workload.name << ", seed " << seed << " accuses " << name;
      }
      EXPECT_LE(process.spent_share(), 0.002) << workload.name << ", seed " << seed;
      const EndpointReport report = process.report("keeps");
      const auto& expected = workload.right;
      if (std::find(expected.begin(), expected.end(), report.verdict) != expected.end()) {
        ++right_here;
      }
      if (workload.kept_objects > 0) {
        ++steady;
        if (report.kept_objects.low <= workload.kept_objects &&
            workload.kept_objects <= report.kept_objects.high) {
          ++within;
        }
      }
    }
    EXPECT_GE(right_here, kSeeds * 85 / 100) << workload.name;
    right += right_here;
    runs += kSeeds;
  }
  EXPECT_GE(right, runs * 95 / 100);
  EXPECT_GE(within, steady * 90 / 100);
  EXPECT_LE(within, steady * 995 / 1000);
}

TEST(WorkloadsTest, FiveObjectsInOnePercentOfTheTrafficAreNamedWithinFiftyThousandRequests) {
  uint64_t named = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Workload workload{"", 0.01, 2000, [] { return testing::leaks(5); }, {}, 5};
    SimulatedProcess process = process_of(workload, seed);
    process.serve(50'000);
    if (process.accused_at("keeps") == 0) continue;
    ++named;
    const EndpointReport report = process.report("keeps");
    ASSERT_FALSE(report.sites.empty());
    EXPECT_EQ(report.sites[0].location, "app/models/order.rb:42");
    EXPECT_EQ(report.sites[0].class_name, "Order");
  }
  EXPECT_GE(named, kSeeds * 95 / 100);
}

TEST(WorkloadsTest, SeveralLeaksAtOnceAreAllNamedAndNobodyElse) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RetentionOptions options;
    options.mode = RetentionOptions::Mode::kBudget;
    SimulatedProcess process(seed, options, {},
                             {{"one", 10, 2000, testing::leaks(5)},
                              {"two", 3, 2000, testing::leaks(50)},
                              {"cache", 20, 2000, testing::fills_cache(500, 10)},
                              {"sessions", 20, 2000, testing::holds_session(60, 10, 0.5)},
                              {"index", 40, 3000, nullptr},
                              {"health", 7, 300, nullptr}});
    process.serve(80'000);
    EXPECT_EQ(process.accused(), (std::set<std::string>{"one", "two"})) << "seed " << seed;
  }
}

// The sampler has room for so many that wait for their later looks.
TEST(WorkloadsTest, SamplesThatAreGivenUpDoNotMakeALeakFill) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RetentionOptions options;
    options.mode = RetentionOptions::Mode::kRate;
    options.rate = 0.5;
    SimulatedProcess::Settings settings;
    settings.requests_per_second = 100;
    settings.requests_per_major_gc = 100;
    settings.most_late = 384;
    SimulatedProcess process(seed, options, settings,
                             {{"keeps", 50, 500, testing::leaks(5)}, {"home", 50, 500, nullptr}});
    process.serve(30'000);
    ASSERT_GT(process.study().figures().abandoned, 1000U);
    const EndpointReport report = process.report("keeps");
    EXPECT_EQ(report.verdict, Verdict::kLeaking) << "seed " << seed;
    EXPECT_NEAR(report.kept_objects.mean, 5, 0.3) << "seed " << seed;
  }
}

TEST(WorkloadsTest, ALeakThatIsMendedIsNotBlamedForEver) {
  bool mended = false;
  SimulatedProcess::Behaviour leak = testing::leaks(20);
  RetentionOptions options;
  options.mode = RetentionOptions::Mode::kBudget;
  SimulatedProcess process(
      3, options, {},
      {{"keeps", 20, 2000, [&](SimulatedProcess& each) { return mended ? nullptr : leak(each); }},
       {"index", 80, 3000, nullptr}});
  process.serve(50'000);
  EXPECT_EQ(process.report("keeps").verdict, Verdict::kLeaking);
  mended = true;
  process.serve(150'000);
  EXPECT_NE(process.report("keeps").verdict, Verdict::kLeaking);
}

}  // namespace
}  // namespace memory_tracker
