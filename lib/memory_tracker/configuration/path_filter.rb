# frozen_string_literal: true

module MemoryTracker
  class Configuration
    # The paths that are not measured: prefixes and regular expressions.
    class PathFilter
      # @param paths [Array<String, Regexp>]
      def initialize(paths)
        @prefixes, @patterns = paths.partition { |path| path.is_a?(String) }
      end

      # @param env [Hash] the Rack environment
      def match?(env)
        mount = env["SCRIPT_NAME"]
        path = env["PATH_INFO"].to_s
        path = mount + path if mount && !mount.empty?
        path.start_with?(*@prefixes) || @patterns.any? { |pattern| pattern.match?(path) }
      rescue ArgumentError, EncodingError
        # Bytes that a regular expression cannot read are nobody's ignored path.
        false
      end
    end
  end
end
