#include "core/this_process.hpp"

namespace memory_tracker {

ThisProcess& ThisProcess::instance() {
  static auto* process = new ThisProcess;
  return *process;
}

void ThisProcess::begin_anew() noexcept {
  sentinel_.rearm();
  ++generation_;
  resident_memory_.reopen();
  course_.restart();
  starts_.store(0, std::memory_order_relaxed);
  in_flight_.store(0, std::memory_order_relaxed);
}

}  // namespace memory_tracker
