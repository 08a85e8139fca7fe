#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace memory_tracker {

// The reasons why the service is reduced: said once on stderr, listed in MemoryTracker.stats for
// as long as they hold. Any thread may call; no Ruby is needed, so the writer can complain too.
class Complaints {
 public:
  // `topic` tells reasons apart; a topic that is complained about again is not printed again.
  void raise(const std::string& topic, const std::string& message);
  void settle(const std::string& topic);

  std::vector<std::string> standing() const;

 private:
  struct Complaint {
    std::string topic;
    std::string message;
    bool stands;
  };

  mutable std::mutex mutex_;
  std::vector<Complaint> complaints_;
};

}  // namespace memory_tracker
