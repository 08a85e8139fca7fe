#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/record/record_ring.hpp"
#include "core/record/recorder_folder.hpp"

namespace memory_tracker {

// The recorder of a process that is gone, taken over: nobody else can take it as long as the
// object lives. Its file may hold anything; what is given out of it is within bounds.
class DeadRecorder {
 public:
  using Complain = std::function<void(const std::string& name, const std::string& what)>;

  // Takes over every recorder of the application (all, where the key is empty) whose owner is
  // gone: whose lock is free. A file of another release, or a damaged one, is set aside so that it
  // is not looked at again, and complained about. `own` are the names of this process's own
  // recorders: to open one and close it again would release its lock.
  static std::vector<std::unique_ptr<DeadRecorder>> take_over(const RecorderFolder& folder,
                                                              const std::string& application_key,
                                                              const std::vector<std::string>& own,
                                                              const Complain& complain);

  ~DeadRecorder();
  DeadRecorder(const DeadRecorder&) = delete;
  DeadRecorder& operator=(const DeadRecorder&) = delete;

  const RecorderHeader& header() const noexcept { return *header_; }
  RecordRing& ring() noexcept { return ring_; }
  std::vector<std::string> gc_counter_names() const;

  // The requests that were in flight, oldest first.
  std::vector<const RequestRecord*> in_flight() const;

  const std::string& name() const noexcept { return name_; }
  void remove_file() noexcept;

 private:
  DeadRecorder(const RecorderFolder& folder, std::string name, Descriptor file, void* data,
               size_t bytes) noexcept;

  int folder_;
  std::string name_;
  Descriptor file_;
  void* data_;
  size_t bytes_;
  RecorderHeader* header_;
  StampedRecord* slots_;
  RecordRing ring_;
};

}  // namespace memory_tracker
