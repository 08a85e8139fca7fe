# frozen_string_literal: true

require "mkmf"

append_cflags(%w[ -std=c11 -Wall -Wextra -Wno-unused-parameter ])
# Since Ruby 3.3, where a Ruby thread need not stay on its native one.
have_func("rb_internal_thread_specific_key_create", "ruby/thread.h")
create_makefile("object_oracle")
