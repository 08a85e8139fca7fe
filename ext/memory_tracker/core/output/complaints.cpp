#include "core/output/complaints.hpp"

#include <unistd.h>

#include <algorithm>

namespace memory_tracker {

void Complaints::raise(const std::string& topic, const std::string& message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = std::find_if(complaints_.begin(), complaints_.end(),
                                  [&](const Complaint& each) { return each.topic == topic; });
  if (known != complaints_.end()) {
    known->message = message;
    known->stands = true;
    return;
  }
  complaints_.push_back({topic, message, true});
  const std::string line = "memory_tracker: " + message + "\n";
  // Nothing is left to try when stderr is gone too.
  const ssize_t ignored = write(STDERR_FILENO, line.data(), line.size());
  static_cast<void>(ignored);
}

void Complaints::settle(const std::string& topic) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Complaint& each : complaints_) {
    if (each.topic == topic) each.stands = false;
  }
}

std::vector<std::string> Complaints::standing() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> messages;
  for (const Complaint& each : complaints_) {
    if (each.stands) messages.push_back(each.message);
  }
  return messages;
}

}  // namespace memory_tracker
