#pragma once

#include <string>

#include "core/output/sink.hpp"

namespace memory_tracker {

// Appends to a file that several processes may share and that a rotation may move away at any
// time: the path is opened when there is something to write and again when it leads to another
// file. What cannot be opened now is tried again with the next write.
class FileSink : public Sink {
 public:
  explicit FileSink(std::string path);
  ~FileSink() override;

  WriteResult write(std::string_view lines) noexcept override;
  const std::string& description() const noexcept override { return path_; }

 private:
  int reopen_if_moved() noexcept;  // 0, or errno

  std::string path_;
  int descriptor_ = -1;
  bool torn_ = false;
};

}  // namespace memory_tracker
