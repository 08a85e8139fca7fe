#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "targets/targets.hpp"

namespace memory_tracker::fuzz {
namespace {

std::vector<std::filesystem::path> corpus_of(const std::string& target) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(FUZZ_CORPUS "/" + target)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What the fuzzers have found worth keeping, and every input that once broke something.
void replay(const std::string& target, void (*run)(std::string_view input)) {
  const auto files = corpus_of(target);
  ASSERT_GT(files.size(), 5U);
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_NO_THROW(run(input)) << path.filename();
  }
}

TEST(CorpusReplayTest, RequestLine) { replay("request_line", request_line); }
TEST(CorpusReplayTest, ProcessLine) { replay("process_line", process_line); }
TEST(CorpusReplayTest, Recovery) { replay("recovery", recovery); }
TEST(CorpusReplayTest, KernelTexts) { replay("kernel_texts", kernel_texts); }

}  // namespace
}  // namespace memory_tracker::fuzz
