#pragma once

#include <cstdint>
#include <vector>

#include "core/retention/retention_report.hpp"
#include "core/retention/theil_sen.hpp"

namespace memory_tracker {

// The course of a process's old objects, each read right after a major GC, over the requests that
// it has ended; and what that says about the process. One thread. At most kMaxPoints points: where
// they are full, neighbours become their mean, and each later point stands for as many readings.
//
// Warm-up is not blamed: nothing is said before kWarmUpMajorGcs, and the first third of the
// requests served is left out, however long the process has been running. So what a boot filled
// drops out of sight once it has served three times as long as that took.
class GrowthCourse {
 public:
  static constexpr size_t kMaxPoints = 64;
  static constexpr uint64_t kWarmUpMajorGcs = 5;

  void note(uint64_t process_requests, uint64_t old_objects);

  // Anew only where there is a new point: the fewer these are, the less it costs. Stands until the
  // next call.
  const ProcessRetention& judge();

 private:
  void judge_anew();
  void thin_out();
  std::vector<CoursePoint> after_warm_up() const;

  std::vector<CoursePoint> points_;
  CoursePoint gathered_{0, 0};  // sums of the readings that make the next point
  uint64_t gathered_count_ = 0;
  uint64_t readings_a_point_ = 1;
  uint64_t readings_ = 0;
  bool new_point_ = false;
  ProcessRetention judged_;
};

// Old objects a request below which growth is none: 5 per 1,000 requests, half a percent of a
// process of a million objects after a million requests.
constexpr double kNegligibleSlope = 0.005;

}  // namespace memory_tracker
