#include "core/output/recovery.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/record/recorder_layout.hpp"
#include "support/byte_source.hpp"
#include "support/expect.hpp"
#include "support/log_reader.hpp"
#include "support/memory_sink.hpp"
#include "support/recorder_image.hpp"
#include "support/temporary_folder.hpp"
#include "targets/targets.hpp"

namespace memory_tracker::fuzz {
namespace {

constexpr const char* kFile = "app-1-1.flight";
// What the worst of records takes: each byte of each text and name escaped.
constexpr size_t kLineBytes = 64 * 1024;

// The folder of a user in which one recorder lies, written a while ago.
std::string plant(const testing::TemporaryFolder& scratch, const std::string& image) {
  const std::string folder = scratch.path() + "/memory_tracker-" + std::to_string(geteuid());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  const std::string file = folder + "/" + kFile;
  std::ofstream(file, std::ios::binary) << image;
  const timespec long_ago[2] = {{1, 0}, {1, 0}};
  utimensat(AT_FDCWD, file.c_str(), long_ago, 0);
  return folder;
}

std::string recover(const testing::TemporaryFolder& scratch, uint64_t lines) {
  testing::SinkContents contents;
  contents.lines_left = lines;
  testing::MemorySink sink(contents);
  Complaints complaints;
  Recovery recovery(scratch.path(), "app", complaints);
  expect(recovery.find(), "a folder of one's own is looked at");
  recovery.write(sink, LineContext{});
  return contents.text();
}

std::vector<nlohmann::json> requests_in(const std::string& text) {
  auto lines = read_lines(text);
  lines.erase(std::remove_if(lines.begin(), lines.end(),
                             [](const auto& line) { return line["event"] == "worker_died"; }),
              lines.end());
  return lines;
}

}  // namespace

// A recorder that holds anything: told whole, or set aside, and the same lines when who tells it is
// stopped by a full disk and another one goes on.
void recovery(std::string_view input) {
  static const testing::TemporaryFolder scratch;
  ByteSource source(input);
  const size_t narrow = source.number<uint8_t>() % 16;
  const std::string image = recorder_image(source);

  const std::string folder = plant(scratch, image);
  const std::string whole = recover(scratch, UINT64_MAX);
  const auto lines = read_lines(whole);
  expect(whole.size() <= kLineBytes * (2 + image.size() / sizeof(StampedRecord)),
         "a line costs so much at most");
  expect(!std::filesystem::exists(folder + "/" + kFile), "told, and removed, or set aside");
  const bool aside = std::filesystem::exists(folder + "/" + kFile + ".unreadable");
  expect(aside == lines.empty(), "what is not told is set aside");
  if (aside) return;

  plant(scratch, image);
  std::string pieces = recover(scratch, narrow);
  pieces += recover(scratch, UINT64_MAX);
  expect(requests_in(pieces) == requests_in(whole), "each record is told once");
  expect(read_lines(pieces).size() == lines.size(), "and the death is");
}

}  // namespace memory_tracker::fuzz
