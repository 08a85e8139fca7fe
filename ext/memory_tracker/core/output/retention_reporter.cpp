#include "core/output/retention_reporter.hpp"

#include <utility>

#include "core/output/retention_line.hpp"
#include "core/output/verdict_line.hpp"
#include "core/retention/endpoint_name.hpp"

namespace memory_tracker {
namespace {

constexpr int64_t kTellAgainNs = 600'000'000'000;
constexpr int64_t kTrafficNs = 5'000'000'000;

}  // namespace

RetentionReporter::RetentionReporter(RetentionMailbox& mailbox, double sample_rate, int64_t now_ns)
    : mailbox_(mailbox),
      requests_a_record_(sample_rate > 0 ? 1 / sample_rate : 0),
      counts_(now_ns),
      traffic_ns_(now_ns),
      process_told_ns_(now_ns) {}

void RetentionReporter::note(const RequestRecord& record) {
  if (requests_a_record_ == 0) return;
  counts_.note(endpoint_name(record), record.warned != 0 ? 1 : requests_a_record_);
}

void RetentionReporter::exchange_mail(int64_t now_ns) {
  if (now_ns - traffic_ns_ >= kTrafficNs) {
    traffic_ns_ = now_ns;
    traffic_ = counts_.present(now_ns);
    mailbox_.post_traffic(traffic_);
  }
  RetentionMailbox::Reports reports = mailbox_.take();
  if (reports.process) process_ = *reports.process;
  for (EndpointReport& report : reports.endpoints) {
    const auto [entry, is_new] = endpoints_.try_emplace(report.endpoint);
    if (is_new) entry->second.told_ns = now_ns;
    entry->second.report = std::move(report);
  }
}

void RetentionReporter::collect(LineBatch& batch, const LineContext& context, int64_t now_ns,
                                bool last) {
  exchange_mail(now_ns);
  const int64_t wall_ns = now_ns + context.wall_offset_ns;
  for (auto& [name, endpoint] : endpoints_) {
    const bool changed = endpoint.report.verdict != endpoint.told;
    const bool untold = last && !endpoint.ever_told;
    if (!changed && !untold && now_ns - endpoint.told_ns < kTellAgainNs) continue;
    note_traffic(endpoint.report, find_traffic(traffic_, name), process_);
    append_retention_line(batch.text(), wall_ns, endpoint.report, context);
    batch.close_other_line();
    endpoint.told = endpoint.report.verdict;
    endpoint.told_ns = now_ns;
    endpoint.ever_told = true;
  }
  if (process_.verdict != process_told_ || now_ns - process_told_ns_ >= kTellAgainNs) {
    append_verdict_line(batch.text(), wall_ns, process_, context);
    batch.close_other_line();
    process_told_ = process_.verdict;
    process_told_ns_ = now_ns;
  }
}

}  // namespace memory_tracker
