# frozen_string_literal: true

require "mkmf"

append_cflags(%w[ -std=gnu11 -Wall -Wextra -Wno-unused-parameter ])
create_makefile("probe")
