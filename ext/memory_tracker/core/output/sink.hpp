#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memory_tracker {

struct WriteResult {
  size_t accepted_bytes = 0;  // always whole lines
  int error = 0;              // errno; 0 when everything was accepted
};

// Where lines go. The writer's thread alone calls write(); it gives whole lines and offers again
// what was not accepted. A sink never throws, never raises SIGPIPE (its thread blocks signals) and
// waits for a reader no longer than a moment.
class Sink {
 public:
  Sink() = default;
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  virtual WriteResult write(std::string_view lines) noexcept = 0;
  virtual const std::string& description() const noexcept = 0;
};

}  // namespace memory_tracker
