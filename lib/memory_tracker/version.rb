# frozen_string_literal: true

module MemoryTracker
  VERSION = "0.1.0"
end
