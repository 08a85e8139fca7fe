#pragma once

#include <gtest/gtest.h>

namespace memory_tracker::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

// GCC 12's address sanitizer does not lock its allocator over a fork, as glibc does: a child that
// was forked while another thread allocated waits for ever.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kAllocatorSurvivesFork = false;
#else
constexpr bool kAllocatorSurvivesFork = true;
#endif

}  // namespace memory_tracker::testing

// For tests that weigh the process: a sanitizer's shadow memory grows with whatever is touched, and
// it has threads of its own.
#define SKIP_UNDER_SANITIZER()                                                      \
  if (memory_tracker::testing::kSanitized) {                                        \
    GTEST_SKIP() << "a sanitizer's shadow memory and threads are in these figures"; \
  }

// For tests whose forked child makes threads: the thread sanitizer's runtime does not survive that.
#ifdef __SANITIZE_THREAD__
#define SKIP_UNDER_THREAD_SANITIZER() GTEST_SKIP() << "its runtime makes no threads after a fork"
#else
#define SKIP_UNDER_THREAD_SANITIZER() static_cast<void>(0)
#endif
