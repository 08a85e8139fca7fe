# frozen_string_literal: true

# Loaded before anything else, it makes a Ruby believe that it runs on a Mac.
Object.send(:remove_const, :RUBY_PLATFORM)
RUBY_PLATFORM = "arm64-darwin23"
