#include "core/this_process.hpp"

#include <pthread.h>

namespace memory_tracker {

ThisProcess& ThisProcess::make() {
  static auto* process = new ThisProcess;
  instance_.store(process, std::memory_order_release);
  return *process;
}

// In the parent only, and no more than a store: a child finds out by its sentinel.
ThisProcess::ThisProcess() {
  pthread_atfork(
      nullptr, [] { instance().has_forked_.store(true, std::memory_order_relaxed); }, nullptr);
}

void ThisProcess::begin_anew() noexcept {
  sentinel_.rearm();
  ++generation_;
  resident_memory_.reopen();
  course_.restart();
  last_sight_ = {};
  starts_ = 0;
  in_flight_ = 0;
}

}  // namespace memory_tracker
