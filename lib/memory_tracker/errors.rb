# frozen_string_literal: true

# Defined before the extension is loaded, so that they can be rescued without it.
module MemoryTracker
  # The root of everything that memory_tracker raises, which it does only while it is set up.
  class Error < StandardError; end

  # An option that cannot be meant. The message names the option (or the environment variable),
  # the value and what is accepted.
  class ConfigurationError < Error; end
end
