#pragma once

#include <pthread.h>

#include <csignal>

namespace memory_tracker {

// As long as this object is there, its thread takes no signal, and a thread that it starts never
// does. The application's signals are for its own threads: in one of ours a handler would find no
// Ruby.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace memory_tracker
