#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/record/request_record.hpp"

namespace memory_tracker {

// What one Ruby thread did so far, as far as it can be told from the others. Written and read by
// whoever holds the GVL. The memory is pooled and never given back: the thread that runs next
// settles the account of the one before it, which may have ended meanwhile.
struct ThreadAccount {
  std::atomic<bool> taken{false};
  uint64_t serial = 0;  // new for each thread that takes it, so that a reused account is no match
  uint64_t allocated_objects = 0;
  int64_t rss_growth_bytes = 0;  // only where huge pages make faults say little
  uint64_t malloc_bytes = 0;     // by GC.stat, on Rubies that count them
  uint64_t gc_ns = 0;
  uint64_t gc_faulted_pages = 0;

  // Requests in flight on the thread, the fiber that the last of them belongs to, and how often one
  // began while another fiber's were in flight: the figures of the thread are then not one
  // request's alone.
  uint32_t in_flight = 0;
  uint64_t fiber = 0;
  bool mixed = false;
  uint64_t interleavings = 0;
  uint64_t process = 0;  // the generation of it that these are true of

  // The kernel's number of the thread, and the generation of the process in which it was asked for.
  uint32_t native_thread = 0;
  uint64_t native_thread_generation = 0;

  // The thread's name, as it was when somebody last asked: asking calls a method.
  std::array<char, 32> name{};
  uint8_t name_length = 0;
  bool name_known = false;

  // True when the new one runs within those that are in flight, on their own fiber.
  bool enter(uint64_t execution, uint64_t generation) noexcept {
    if (process != generation) {
      // A child that was forked within a request: it never comes to that request's end.
      process = generation;
      in_flight = 0;
      mixed = false;
    }
    const bool within = in_flight > 0;
    mixed = within && (mixed || fiber != execution);
    if (mixed) ++interleavings;
    fiber = execution;
    ++in_flight;
    return within && !mixed;
  }
  void leave() noexcept {
    if (in_flight > 0) --in_flight;
  }
};

// The accounts of all threads that ever served a request. take() and give_back() lock nothing, for
// a fork in another thread could leave the lock taken for ever.
class ThreadAccounts {
 public:
  // Null when kMaxAccounts threads have one, or memory has run out.
  ThreadAccount* take() noexcept;
  static void give_back(ThreadAccount& account) noexcept {
    account.taken.store(false, std::memory_order_release);
  }

  static constexpr size_t kGroupSize = 64;
  static constexpr size_t kGroups = 256;
  static constexpr size_t kMaxAccounts = kGroupSize * kGroups;

 private:
  std::array<std::atomic<ThreadAccount*>, kGroups> groups_{};
  std::atomic<uint64_t> next_serial_{1};
};

// One reading of an account and of what else is kept per thread. What is not kept on this Ruby, or
// with this allocator, is kUnknown.
struct ThreadReading {
  ThreadAccount* account = nullptr;
  uint64_t serial = 0;
  uint64_t interleavings = 0;
  uint64_t ruby_thread = 0;  // native threads, and their accounts with them, are used again
  uint32_t native_thread = 0;
  bool migrating = false;  // a Ruby thread may change its native thread at any time
  uint64_t allocated_objects = kUnknown;
  uint64_t gc_ns = kUnknown;          // collections that this thread ran
  uint64_t process_gc_ns = kUnknown;  // collections that any thread ran
  uint64_t gc_faulted_pages = kUnknown;
  uint64_t allocated_bytes = kUnknown;
  uint64_t freed_bytes = kUnknown;
  int64_t rss_growth_bytes = kUnknownSigned;

  // Whether everything between the two readings was the work of one thread for one request.
  bool same_work_as(const ThreadReading& earlier) const noexcept {
    return account != nullptr && account == earlier.account && serial == earlier.serial &&
           ruby_thread == earlier.ruby_thread &&
           (migrating || native_thread == earlier.native_thread) &&
           interleavings == earlier.interleavings;
  }
};

}  // namespace memory_tracker
