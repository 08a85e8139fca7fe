# frozen_string_literal: true

module MemoryTracker
  class Configuration
    # One option: what it is when nobody says, what it may be, and how a text from the environment
    # is read. `check` and `parse` give the value in the one form that the rest of the code knows.
    class Option
      INVALID = Object.new.freeze
      private_constant :INVALID

      # @return [Object]
      attr_reader :default

      # @param default [Object]
      # @param accepts [String] for the error message
      # @param read [Proc, nil] text of an environment variable to value, or throws :invalid; nil
      #   where a text cannot say it
      # @yield [value] the value to its one form, or throws :invalid
      def initialize(default:, accepts:, read: nil, &normalize)
        @default = default
        @accepts = accepts
        @read = read
        @normalize = normalize
      end

      def environment? = !@read.nil?

      # @raise [ConfigurationError] naming `name`, the value and what is accepted
      def check(value, name) = attempt(value, name) { @normalize.call(value) }

      # @raise [ConfigurationError] likewise
      def parse(text, name) = attempt(text, name) { @normalize.call(@read.call(text)) }

      private

      def attempt(value, name, &work)
        result = catch(:invalid) { return work.call }
        reason = result ? " (#{result})" : ""
        shown = value.inspect
        shown = "#{shown[0, 200]}..." if shown.size > 200
        raise ConfigurationError, "#{name} is #{shown}#{reason}; accepted is #{@accepts}"
      end
    end
  end
end
