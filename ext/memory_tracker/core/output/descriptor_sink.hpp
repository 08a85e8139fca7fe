#pragma once

#include <memory>
#include <string>

#include "core/output/sink.hpp"

namespace memory_tracker {

// Writes to a descriptor that somebody else opened: stdout, stderr, an IO of the application. It
// is not switched to non-blocking, because the application shares what it leads to.
class DescriptorSink : public Sink {
 public:
  // The descriptor stays the caller's, and is used by its number: stdout is whatever the
  // application makes of it.
  DescriptorSink(int descriptor, std::string description);

  // With a descriptor of its own, so that the application may close its IO. Throws Error.
  static std::unique_ptr<DescriptorSink> duplicate(int descriptor);

  ~DescriptorSink() override;

  int descriptor() const noexcept { return descriptor_; }

  WriteResult write(std::string_view lines) noexcept override;
  const std::string& description() const noexcept override { return description_; }

 private:
  int descriptor_;
  bool owned_ = false;
  std::string description_;
  bool torn_ = false;
};

}  // namespace memory_tracker
