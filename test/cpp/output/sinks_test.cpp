#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/output/descriptor_sink.hpp"
#include "core/output/file_sink.hpp"
#include "support/temporary_folder.hpp"

namespace memory_tracker {
namespace {

using testing::read_file;

void append_to(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app) << text;
}

class FileSinkTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  std::string path_ = folder_ / "app.log";
};

TEST_F(FileSinkTest, Appends) {
  FileSink(path_).write("one\n");
  FileSink(path_).write("two\n");
  EXPECT_EQ(read_file(path_), "one\ntwo\n");
}

TEST_F(FileSinkTest, FollowsARotation) {
  FileSink sink(path_);
  sink.write("one\n");
  std::filesystem::rename(path_, path_ + ".1");
  sink.write("two\n");
  EXPECT_EQ(read_file(path_ + ".1"), "one\n");
  EXPECT_EQ(read_file(path_), "two\n");
}

TEST_F(FileSinkTest, GoesOnBehindATruncation) {
  FileSink sink(path_);
  sink.write("one\n");
  std::filesystem::resize_file(path_, 0);
  sink.write("two\n");
  EXPECT_EQ(read_file(path_), "two\n");
}

TEST_F(FileSinkTest, CutsOffThePieceThatADeadProcessLeft) {
  append_to(path_, "{\"dead\":1}\n{\"dead\":");
  FileSink sink(path_);
  sink.write("one\n");
  sink.write("two\n");
  append_to(path_, "{\"dead\":3}\n{\"de");
  sink.write("three\n");
  EXPECT_EQ(read_file(path_), "{\"dead\":1}\none\ntwo\n{\"dead\":3}\nthree\n");
}

TEST_F(FileSinkTest, EndsAForeignLineThatIsOpen) {
  FileSink sink(path_);
  sink.write("one\n");
  append_to(path_, "no object");
  sink.write("two\n");
  EXPECT_EQ(read_file(path_), "one\nno object\ntwo\n");
}

TEST_F(FileSinkTest, AFolderThatIsNotThereIsAnErrorUntilItIs) {
  FileSink sink(folder_ / "later/app.log");
  const WriteResult result = sink.write("one\n");
  EXPECT_EQ(result.error, ENOENT);
  EXPECT_EQ(result.accepted_bytes, 0U);
  std::filesystem::create_directory(folder_ / "later");
  EXPECT_EQ(sink.write("one\n").error, 0);
}

TEST_F(FileSinkTest, AFullDeviceAcceptsNothing) {
  FileSink sink("/dev/full");
  const WriteResult result = sink.write("one\n");
  EXPECT_EQ(result.error, ENOSPC);
  EXPECT_EQ(result.accepted_bytes, 0U);
}

TEST_F(FileSinkTest, AFullDiskTearsNoLine) {
  const std::string mount_point = folder_ / "small";
  std::filesystem::create_directory(mount_point);
  if (mount("tmpfs", mount_point.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "this user may not mount a small file system";
  }
  const std::string line = std::string(999, 'x') + "\n";
  std::string lines;
  for (int count = 0; count < 100; ++count) lines += line;
  WriteResult result;
  std::string contents;
  {
    FileSink sink(mount_point + "/app.log");
    result = sink.write(lines);
    contents = read_file(mount_point + "/app.log");
  }
  umount(mount_point.c_str());
  EXPECT_EQ(result.error, ENOSPC);
  EXPECT_EQ(result.accepted_bytes, 65'000U);
  EXPECT_EQ(contents, lines.substr(0, 65'000));
}

TEST(DescriptorSink, WritesToAPipeAndSurvivesItsReader) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  DescriptorSink sink(ends[1], "pipe");
  EXPECT_EQ(sink.write("one\ntwo\n").accepted_bytes, 8U);
  char text[8];
  ASSERT_EQ(read(ends[0], text, sizeof text), 8);
  EXPECT_EQ(std::string(text, 8), "one\ntwo\n");
  signal(SIGPIPE, SIG_IGN);
  close(ends[0]);
  EXPECT_EQ(sink.write("three\n").error, EPIPE);
  close(ends[1]);
}

TEST(DescriptorSink, DoesNotWaitForAReaderThatStopped) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  DescriptorSink sink(ends[1], "pipe");
  const std::string lines(std::string(1023, 'x') + "\n");
  std::string many;
  for (int count = 0; count < 200; ++count) many += lines;
  const WriteResult result = sink.write(many);
  EXPECT_EQ(result.error, EAGAIN);
  EXPECT_GT(result.accepted_bytes, 0U);
  EXPECT_EQ(result.accepted_bytes % 1024, 0U);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace memory_tracker
