#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/output/line_batch.hpp"
#include "core/output/line_context.hpp"
#include "core/record/request_record.hpp"
#include "core/retention/retention_mailbox.hpp"
#include "core/retention/traffic_counts.hpp"

namespace memory_tracker {

// The writer's side of retention: counts the traffic of endpoints by the records that pass, and
// says what is due of what the study found, which is every verdict that changed, all of them every
// ten minutes, and in the end those that were never told: `unknown` is no news before. Belongs to
// the writer's thread; throws std::bad_alloc only.
class RetentionReporter {
 public:
  // `sample_rate`: the share of the records below the threshold that pass here.
  RetentionReporter(RetentionMailbox& mailbox, double sample_rate, int64_t now_ns);

  void note(const RequestRecord& record);

  // Appends the lines that are due. `last`: there is no later time to tell.
  void collect(LineBatch& batch, const LineContext& context, int64_t now_ns, bool last);

 private:
  struct Endpoint {
    EndpointReport report;
    EndpointVerdict told = EndpointVerdict::kUndecided;
    int64_t told_ns = 0;
    bool ever_told = false;
  };

  void exchange_mail(int64_t now_ns);

  RetentionMailbox& mailbox_;
  double requests_a_record_;  // 0: unknown, only warnings pass
  TrafficCounts counts_;
  std::vector<EndpointTraffic> traffic_;
  int64_t traffic_ns_;
  std::unordered_map<std::string, Endpoint> endpoints_;
  ProcessRetention process_;
  ProcessVerdict process_told_ = ProcessVerdict::kWarmingUp;
  int64_t process_told_ns_;
};

}  // namespace memory_tracker
