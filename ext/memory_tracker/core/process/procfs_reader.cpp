#include "core/process/procfs_reader.hpp"

#include <utility>

#include "core/process/file_text.hpp"
#include "core/process/process_texts.hpp"

namespace memory_tracker {

ProcfsReader::ProcfsReader(std::string folder) : folder_(std::move(folder)) {}

std::optional<ProcessMemorySample> ProcfsReader::read() {
  const auto status = read_text(folder_ + "/status");
  if (!status) return std::nullopt;
  const ProcessMemorySample sample = parse_status(*status);
  return sample.rss_bytes ? std::optional(sample) : std::nullopt;
}

std::optional<PrivateMemorySample> ProcfsReader::read_private() {
  const auto rollup = read_text(folder_ + "/smaps_rollup");
  return rollup ? parse_smaps_rollup(*rollup) : std::nullopt;
}

// Kilobytes and not statm's pages: what is checked by it is the unit too.
std::optional<uint64_t> ProcfsReader::read_resident_kib() {
  const auto sample = read();
  return sample ? std::optional(*sample->rss_bytes / 1024) : std::nullopt;
}

}  // namespace memory_tracker
