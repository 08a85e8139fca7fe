#include "core/process/process_memory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include "support/process_memory_truth.hpp"
#include "support/sanitizer.hpp"

namespace memory_tracker {
namespace {

TEST(ProcessMemory, SeesWhatIsTouched) {
  SKIP_UNDER_SANITIZER();
  testing::expect_sees_what_is_touched(*ProcessMemory::open());
}

TEST(ProcessMemory, CountsThreads) {
  SKIP_UNDER_SANITIZER();
  const uint64_t before = *ProcessMemory::open()->read()->threads;
  std::thread other([&] { EXPECT_EQ(*ProcessMemory::open()->read()->threads, before + 1); });
  other.join();
}

TEST(ProcessMemory, LeavesNoDescriptorOpen) {
  const auto descriptors = [] {
    const std::filesystem::directory_iterator open("/proc/self/fd");
    return std::distance(begin(open), end(open));
  };
  const auto memory = ProcessMemory::open();
  const auto before = descriptors();
  for (int turn = 0; turn < 20; ++turn) {
    memory->read();
    memory->read_private();
  }
  EXPECT_EQ(descriptors(), before);
}

// libproc2 4.0.6 is refused.
TEST(ProcessMemory, SaysWhereItsFiguresComeFrom) {
  const std::string& source = process_memory_source();
  if (libproc2_compiled_version().empty()) {
    EXPECT_EQ(source, "/proc");
    EXPECT_EQ(libproc2_loaded(), "");
  } else {
    EXPECT_EQ(libproc2_loaded().substr(0, 11), "libproc2.so");
    EXPECT_TRUE(source == "libproc2 " + libproc2_compiled_version() ||
                source == "/proc, because " + libproc2_loaded() + " leaks descriptors")
        << source;
  }
}

}  // namespace
}  // namespace memory_tracker
