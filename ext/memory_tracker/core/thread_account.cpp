#include "core/thread_account.hpp"

#include <new>

namespace memory_tracker {
namespace {

void begin_account(ThreadAccount& account, uint64_t serial) noexcept {
  account.serial = serial;
  account.in_flight = 0;
  account.mixed = false;
  account.fiber = 0;
  account.native_thread_generation = 0;
  account.name_known = false;
}

}  // namespace

ThreadAccount* ThreadAccounts::take() noexcept {
  for (std::atomic<ThreadAccount*>& group : groups_) {
    ThreadAccount* accounts = group.load(std::memory_order_acquire);
    if (accounts == nullptr) {
      auto* fresh = new (std::nothrow) ThreadAccount[kGroupSize];
      if (fresh == nullptr) return nullptr;
      if (group.compare_exchange_strong(accounts, fresh, std::memory_order_acq_rel)) {
        accounts = fresh;
      } else {
        delete[] fresh;
      }
    }
    for (size_t place = 0; place < kGroupSize; ++place) {
      if (!accounts[place].taken.exchange(true, std::memory_order_acquire)) {
        begin_account(accounts[place], next_serial_.fetch_add(1, std::memory_order_relaxed));
        return &accounts[place];
      }
    }
  }
  return nullptr;
}

}  // namespace memory_tracker
