#pragma once

#include <ruby.h>

#include "core/application_paths.hpp"

namespace memory_tracker {

// A line of a source file. The path is a String of its iseq, or nil where no file is known.
struct CallSite {
  VALUE path = Qnil;
  int line = 0;
};

// The innermost line of the application that is being run by the calling thread, and where there is
// none, the innermost line at all. Walks the stack once; may be called within a NEWOBJ hook: it
// allocates nothing and calls no method.
CallSite current_call_site(const ApplicationPaths& paths) noexcept;

}  // namespace memory_tracker
