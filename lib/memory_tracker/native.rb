# frozen_string_literal: true

module MemoryTracker
  # Loads the compiled extension, or remembers why it cannot be: an application must boot without
  # it, because memory_tracker is no reason for it to stand still.
  module Native
    # @return [String, nil] why the extension is not there
    attr_reader :failure
    module_function :failure

    # @return [Boolean]
    def self.available? = @failure.nil?

    # Elsewhere extconf.rb compiles nothing.
    # @return [Boolean]
    def self.supported? = RUBY_PLATFORM.include?("linux") && RUBY_ENGINE == "ruby"

    begin
      require "memory_tracker/memory_tracker"
    rescue LoadError => error
      @failure = if supported?
        "the extension is not loaded (#{error.message}); `gem pristine memory_tracker` compiles it again"
      else
        "it measures on Linux with CRuby only, not with #{RUBY_ENGINE} on #{RUBY_PLATFORM}"
      end
    end
  end
end
