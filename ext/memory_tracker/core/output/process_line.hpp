#pragma once

#include <optional>
#include <string>

#include "core/output/line_context.hpp"
#include "core/process/allocator.hpp"
#include "core/process/cgroup.hpp"
#include "core/process/process_memory.hpp"
#include "core/record/request_record.hpp"

namespace memory_tracker {

// What the tracker itself costs the process.
struct OwnCost {
  int64_t writer_cpu_ns = 0;
  int64_t request_ns = 0;  // estimated from a sample of the requests
  uint64_t bytes = 0;      // recorder and buffers
};

// Everything a "process" line says. The PSS and the USS are older than the rest when walking the
// page tables takes long: `private_age_ns` says by how much.
struct ProcessReport {
  int64_t wall_ns = 0;
  std::optional<ProcessMemorySample> memory;
  std::optional<PrivateMemorySample> private_memory;
  int64_t private_age_ns = 0;
  std::optional<AllocatorFigures> allocator;
  std::optional<CgroupMemory> cgroup;
  const RubyCounters* ruby = nullptr;  // as of the last request that ended; null before the first
  uint64_t requests = 0;
  OwnCost own;
};

void append_process_line(std::string& out, const ProcessReport& report, const LineContext& context);

}  // namespace memory_tracker
