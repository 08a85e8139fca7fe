# frozen_string_literal: true

Object.send(:remove_const, :RUBY_PLATFORM)
RUBY_PLATFORM = "arm64-darwin23"
