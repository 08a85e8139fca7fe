#pragma once

#include <ruby.h>
#include <ruby/thread.h>

namespace memory_tracker {

// Runs `work`, which must not touch Ruby, while other Ruby threads go on. Ruby may raise before or
// after it (Thread#raise, Timeout): whatever of the caller's needs a destructor would be leaked.
template <typename Work>
void without_gvl(Work& work) {
  rb_thread_call_without_gvl(
      [](void* argument) -> void* {
        (*static_cast<Work*>(argument))();
        return nullptr;
      },
      &work, nullptr, nullptr);
}

}  // namespace memory_tracker
