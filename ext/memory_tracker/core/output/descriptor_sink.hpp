#pragma once

#include <string>

#include "core/output/sink.hpp"

namespace memory_tracker {

// Writes to a descriptor that somebody else opened: stdout, stderr, an IO of the application. It
// is neither closed nor switched to non-blocking, because the application shares it.
class DescriptorSink : public Sink {
 public:
  DescriptorSink(int descriptor, std::string description);

  WriteResult write(std::string_view lines) noexcept override;
  const std::string& description() const noexcept override { return description_; }

 private:
  int descriptor_;
  std::string description_;
  bool torn_ = false;
};

}  // namespace memory_tracker
