# frozen_string_literal: true

require "memory_tracker/configuration/options"
require "memory_tracker/configuration/path_filter"
require "memory_tracker/configuration/native_settings"

module MemoryTracker
  # The options of one middleware: defaults, environment variables (MEMORY_TRACKER_<OPTION>) and
  # arguments, the later before the earlier, all of them checked. Frozen; two that say the same are
  # equal.
  class Configuration
    class << self
      # @return [Hash{Symbol => Object}] what holds where nothing else was said; the railtie changes
      #   the log_file
      def defaults = (@defaults ||= OPTIONS.transform_values(&:default))
    end

    OPTIONS.each_key { |name| define_method(name) { @values.fetch(name) } }

    # @!attribute [r] threshold
    #   @return [Numeric] MB of attributed growth above which a line is WARN
    # @!attribute [r] log_file
    #   @return [String, Symbol, IO] an absolute path, :stdout, :stderr or an IO
    # @!attribute [r] sample_rate
    #   @return [Float] share of the INFO lines that is written, 0.0 to 1.0

    # @param given [Hash{Symbol => Object}] the options of the README
    # @raise [ConfigurationError]
    def initialize(**given)
      unknown = given.keys - OPTIONS.keys
      unless unknown.empty?
        raise ConfigurationError,
              "unknown option #{unknown.first.inspect} (#{given[unknown.first].inspect}); " \
              "the options are #{OPTIONS.keys.join(", ")}"
      end

      @values = OPTIONS.to_h { |name, option| [ name, value_of(option, name, given) ] }.freeze
      freeze
    end

    # @return [PathFilter, nil] nil when nothing is to be ignored
    def ignored_paths = ignore_paths.empty? ? nil : PathFilter.new(ignore_paths)

    # @return [String] where the lines go, for people
    def log_name = log_file.is_a?(IO) ? "descriptor #{log_file.fileno}" : log_file.to_s

    # @return [Hash{Symbol => Object}] what the extension is told
    def to_native = NativeSettings.new(self).to_h

    def ==(other) = other.is_a?(Configuration) && values == other.values
    alias eql? ==

    def hash = @values.hash

    protected

    attr_reader :values

    private

    def value_of(option, name, given)
      variable = "MEMORY_TRACKER_#{name.to_s.upcase}"
      if given.key?(name)
        option.check(given[name], name.to_s)
      elsif option.environment? && ENV.key?(variable)
        option.parse(ENV.fetch(variable), variable)
      else
        option.check(Configuration.defaults.fetch(name), name.to_s)
      end
    end
  end
end
