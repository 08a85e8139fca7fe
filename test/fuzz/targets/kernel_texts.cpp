#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/process/cgroup.hpp"
#include "core/process/huge_pages.hpp"
#include "core/process/process_texts.hpp"
#include "core/process/resident_memory.hpp"
#include "support/byte_source.hpp"
#include "support/expect.hpp"
#include "support/temporary_folder.hpp"
#include "targets/targets.hpp"

namespace memory_tracker::fuzz {
namespace {

constexpr uint64_t kPageBytes = 4096;

// Each reader is stricter than the C library's, and where it gives a figure the two agree.
void read_statm(const std::string& text) {
  const auto resident = parse_statm(text.data(), text.size(), kPageBytes);
  if (!resident) return;
  uint64_t size = 0;
  uint64_t rss = 0;
  const int fields = sscanf(text.c_str(), "%lu %lu", &size, &rss);
  expect(fields == 2 && resident->rss_bytes == rss * kPageBytes, "statm's second field, in pages");
  expect(resident->rss_bytes / kPageBytes == rss, "no number of pages overflows");
}

void read_cgroup_value(const std::string& text) {
  const auto bytes = parse_cgroup_bytes(text);
  if (bytes) expect(std::stoull(text) == *bytes, "the figure is what the file says");
}

void read_cgroup_events(const std::string& text) {
  for (const std::string key : {"max", "oom", "oom_kill"}) {
    const auto count = parse_cgroup_event(text, key);
    if (!count) continue;
    const std::string lines = "\n" + text;
    const size_t line = lines.find("\n" + key + " ");
    expect(line != std::string::npos && std::stoull(lines.substr(line + key.size() + 2)) == *count,
           "the count is that of the first line with the key");
  }
}

void read_rollup(const std::string& text) {
  const auto memory = parse_smaps_rollup(text);
  if (!memory) return;
  expect(parse_status_bytes(text, "Pss") == memory->pss_bytes,
         "the PSS is the line's of that name");
  const uint64_t uss = parse_status_bytes(text, "Private_Clean").value_or(0) +
                       parse_status_bytes(text, "Private_Dirty").value_or(0) +
                       parse_status_bytes(text, "Private_Hugetlb").value_or(0);
  expect(memory->uss_bytes <= uss, "the USS is no more than what is private");
}

void read_status(const std::string& text) {
  read_rollup(text);
  expect(parse_status(text).peak_bytes == parse_status_bytes(text, "VmHWM"),
         "one reader, one peak");
  const auto bytes = parse_status_bytes(text, "VmHWM");
  if (!bytes) return;
  const std::string lines = "\n" + text;
  const size_t line = lines.find("\nVmHWM:");
  expect(line != std::string::npos && std::stoull(lines.substr(line + 7)) * 1024 == *bytes,
         "the figure is that of the first line with the key, in KiB");
}

// The files of a hierarchy whose group is where the membership says, or is not.
void read_cgroup(ByteSource& source) {
  const testing::TemporaryFolder root;
  const std::string membership = source.text(200);
  const bool unified = source.number<uint8_t>() % 2 == 0;
  const std::string group = root.path() + (unified ? "" : "/memory");
  const std::string limit = source.text(40);
  const std::string usage = source.text(40);
  const std::string events(source.rest());
  std::filesystem::create_directories(group);
  const auto write = [&group](const char* name, const std::string& text) {
    std::ofstream(group + "/" + name) << text;
  };
  write(unified ? "memory.max" : "memory.limit_in_bytes", limit);
  write(unified ? "memory.current" : "memory.usage_in_bytes", usage);
  write(unified ? "memory.events" : "memory.oom_control", events);
  const Cgroup cgroup(membership, root.path());
  const auto memory = cgroup.read();
  if (!memory) return;
  expect(memory->version == 1 || memory->version == 2, "a group has a version");
}

}  // namespace

void kernel_texts(std::string_view input) {
  ByteSource source(input);
  const auto kind = source.number<uint8_t>() % 6;
  if (kind == 5) return read_cgroup(source);
  const std::string text(source.rest());
  switch (kind) {
    case 0:
      return read_statm(text);
    case 1:
      return read_cgroup_value(text);
    case 2:
      return read_cgroup_events(text);
    case 3:
      return read_status(text);
    default:
      expect(chooses_always(text) == (text.find("[always]") != std::string::npos), "the choice");
  }
}

}  // namespace memory_tracker::fuzz
