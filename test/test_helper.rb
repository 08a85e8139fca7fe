# frozen_string_literal: true

# Compaction moves objects at every major collection: a VALUE that the binding keeps without marking it
# fails somewhere in this suite instead of in somebody's production.
GC.auto_compact = true

# IO::Buffer, which the tests map memory with, calls itself experimental.
Warning[:experimental] = false

$LOAD_PATH.unshift File.expand_path("../lib", __dir__)

# The tests say what they configure; what the shell of the developer exports must not take part.
ENV.delete_if { |name, _| name.start_with?("MEMORY_TRACKER_") }

require "minitest/autorun"
require "fileutils"
require "json"
require "time"
require "tmpdir"
require "rack"
require "memory_tracker"

Dir[File.expand_path("support/*.rb", __dir__)].sort.each { |file| require file }
