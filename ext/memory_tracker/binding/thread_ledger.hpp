#pragma once

#include <ruby.h>

#include "core/thread_account.hpp"

namespace memory_tracker {

// Keeps the accounts of the threads: which thread allocated how many objects, and which ran the
// collector for how long.
//
// Ruby 3.2 and newer tell when a thread has got the GVL. Only its holder can allocate, so what the
// process-wide counter moved by between two such moments is the work of the one who had it: exact,
// and for the price of one reading at a switch, where a NEWOBJ hook would slow every allocation.
// Ruby 3.3 and newer also tell when the collector enters and leaves; on older ones that hook would
// send every allocation down a slower path, so it is not used there.
//
// Under the GVL, but for the hook that returns an account when its thread ends.
namespace thread_ledger {

// Once, when the extension is loaded.
void open();

// Settles the account of the calling thread, opening it at its first request, and reads it.
ThreadReading read();

// The same, having asked for the name of the thread where it is not known or `anew`. That calls a
// method.
ThreadReading read_with_name(bool anew);

}  // namespace thread_ledger
}  // namespace memory_tracker
