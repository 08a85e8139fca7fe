#include "core/record/recorder_memory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace memory_tracker {
namespace {

constexpr size_t kBytes = 64 * 1024;

class RecorderMemoryTest : public ::testing::Test {
 protected:
  std::string own_folder() const {
    return folder_ / ("memory_tracker-" + std::to_string(geteuid()));
  }
  mode_t mode_of(const std::string& path) const {
    struct stat status {};
    stat(path.c_str(), &status);
    return status.st_mode & 0777;
  }
  std::string refusal() const {
    try {
      RecorderMemory::in_folder(folder_.path(), "app", kBytes);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  testing::TemporaryFolder folder_;
};

TEST_F(RecorderMemoryTest, TheFileIsForItsOwnerAlone) {
  const RecorderMemory memory = RecorderMemory::in_folder(folder_.path(), "app", kBytes);
  EXPECT_EQ(mode_of(own_folder()), 0700U);
  EXPECT_EQ(mode_of(memory.path()), 0600U);
}

TEST_F(RecorderMemoryTest, TheFileIsAllocatedWhole) {
  const RecorderMemory memory = RecorderMemory::in_folder(folder_.path(), "app", kBytes);
  struct stat status {};
  stat(memory.path().c_str(), &status);
  EXPECT_EQ(static_cast<size_t>(status.st_size), kBytes);
  EXPECT_GE(static_cast<size_t>(status.st_blocks) * 512, kBytes);
}

TEST_F(RecorderMemoryTest, WhatIsWrittenIsInTheFile) {
  RecorderMemory memory = RecorderMemory::in_folder(folder_.path(), "app", kBytes);
  static_cast<char*>(memory.data())[1000] = 'x';
  EXPECT_EQ(testing::read_file(memory.path())[1000], 'x');
}

TEST_F(RecorderMemoryTest, AFolderThatIsALinkIsRefused) {
  std::filesystem::create_directory(folder_ / "elsewhere");
  std::filesystem::create_symlink(folder_ / "elsewhere", own_folder());
  EXPECT_NE(refusal().find(own_folder()), std::string::npos);
}

TEST_F(RecorderMemoryTest, AFolderThatOthersCanEnterIsRefused) {
  std::filesystem::create_directory(own_folder());
  chmod(own_folder().c_str(), 0755);
  EXPECT_NE(refusal().find("0700"), std::string::npos);
}

TEST_F(RecorderMemoryTest, AFolderOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  std::filesystem::create_directory(own_folder());
  chmod(own_folder().c_str(), 0700);
  ASSERT_EQ(chown(own_folder().c_str(), 12345, 12345), 0);
  EXPECT_NE(refusal().find("another user"), std::string::npos);
}

TEST_F(RecorderMemoryTest, AFolderThatCannotBeMadeIsRefused) {
  const std::string file = folder_ / "file";
  close(open(file.c_str(), O_CREAT | O_WRONLY, 0600));
  EXPECT_THROW(RecorderMemory::in_folder(file, "app", kBytes), Error);
}

TEST_F(RecorderMemoryTest, TheLockIsTheOwnersAndEndsWithIt) {
  int ready[2];
  int done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    const RecorderMemory memory = RecorderMemory::in_folder(folder_.path(), "app", kBytes);
    char byte = 'x';
    (void)!write(ready[1], &byte, 1);
    (void)!read(done[0], &byte, 1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const std::string path = std::filesystem::directory_iterator(own_folder())->path().string();
  const int descriptor = open(path.c_str(), O_RDWR);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_len = 1;
  EXPECT_EQ(fcntl(descriptor, F_SETLK, &lock), -1) << "somebody else's recorder could be taken";
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  EXPECT_EQ(fcntl(descriptor, F_SETLK, &lock), 0) << "a dead process keeps its lock";
  close(descriptor);
}

TEST_F(RecorderMemoryTest, AnonymousMemoryHasNoFile) {
  const RecorderMemory memory = RecorderMemory::anonymous(kBytes);
  EXPECT_EQ(memory.path(), "");
  EXPECT_EQ(static_cast<char*>(memory.data())[kBytes - 1], 0);
}

}  // namespace
}  // namespace memory_tracker
