# frozen_string_literal: true

require "json"
require "memory_tracker/configuration/option"
require "memory_tracker/configuration/reserved_fields"

module MemoryTracker
  class Configuration
    # Readers of environment variables.
    BOOLEANS = {
      "1" => true, "true" => true, "yes" => true, "on" => true,
      "0" => false, "false" => false, "no" => false, "off" => false
    }.freeze
    BOOLEAN = ->(text) { BOOLEANS.fetch(text.strip.downcase) { throw :invalid } }
    NUMBER = ->(text) { Float(text, exception: false) || throw(:invalid) }
    WHOLE = ->(text) { Integer(text, 10, exception: false) || throw(:invalid) }
    LIST = ->(text) { text.split(",").map(&:strip).reject(&:empty?) }
    NUMBER_OR_OFF = ->(text) { BOOLEANS[text.strip.downcase] == false ? false : NUMBER.call(text) }
    TEXT_OR_OFF = ->(text) { BOOLEANS[text.strip.downcase] == false ? false : text }
    GC_STATS = ->(text) { %w[core all].include?(text) ? text.to_sym : LIST.call(text).map(&:to_sym) }
    COUNTING = ->(text) { text == "budget" ? :budget : BOOLEAN.call(text) }
    BUDGET_OR_RATE = ->(text) { text == "budget" ? :budget : NUMBER_OR_OFF.call(text) }
    OBJECT = lambda do |text|
      JSON.parse(text).then { |fields| fields.is_a?(Hash) ? fields : throw(:invalid) }
    rescue JSON::ParserError
      throw :invalid, "not JSON"
    end
    LOG = ->(text) { %w[stdout stderr].include?(text) ? text.to_sym : text }

    NUMERIC = ->(value) { value.is_a?(Numeric) && value.real? && value.to_f.finite? }
    FLAG = ->(value) { [ true, false ].include?(value) ? value : throw(:invalid) }
    SECONDS = ->(value) { NUMERIC[value] && value.positive? && value <= 86_400 }
    private_constant(*(constants(false) - %i[Option]))

    # What a request line carries when gc_stats is :core.
    CORE_GC_STATS = %i[
      count minor_gc_count major_gc_count heap_live_slots heap_free_slots heap_eden_pages
      total_allocated_pages total_allocated_objects total_freed_objects old_objects
      malloc_increase_bytes oldmalloc_increase_bytes
    ].freeze

    # A terabyte; above it a number of MB is a number of bytes that was meant.
    LARGEST_THRESHOLD = 1_048_576
    LARGEST_QUEUE = 1_048_576

    OPTIONS = {
      threshold: Option.new(default: 10, read: NUMBER,
                            accepts: "a number of MB from 0 to #{LARGEST_THRESHOLD}") do |value|
        throw :invalid unless NUMERIC[value] && value.between?(0, LARGEST_THRESHOLD)
        value
      end,
      log_file: Option.new(default: :stdout, read: LOG,
                           accepts: "a path, :stdout, :stderr or an open IO") do |value|
        case value
        when :stdout, :stderr then value
        when IO
          throw :invalid, "closed" if value.closed?
          value
        else
          path = value.respond_to?(:to_path) ? value.to_path : value
          throw :invalid unless path.is_a?(String) && !path.empty? && !path.include?("\0")
          throw :invalid, "a folder" if File.directory?(path)
          File.expand_path(path).freeze
        end
      end,
      enabled: Option.new(default: true, read: BOOLEAN, accepts: "true or false", &FLAG),
      sample_rate: Option.new(default: 1.0, read: NUMBER, accepts: "a number from 0 to 1") do |value|
        throw :invalid unless NUMERIC[value] && value.between?(0, 1)
        value.to_f
      end,
      ignore_paths: Option.new(default: [].freeze, read: LIST,
                               accepts: "an Array of Strings (prefixes) and Regexps") do |value|
        usable = value.is_a?(Array) &&
                 value.all? { |path| path.is_a?(Regexp) || (path.is_a?(String) && !path.empty?) }
        throw :invalid unless usable
        value.map(&:dup).freeze
      end,
      gc_stats: Option.new(default: :core, read: GC_STATS,
                           accepts: ":core, :all or an Array of the keys of GC.stat") do |value|
        next value if %i[core all].include?(value)
        throw :invalid unless value.is_a?(Array)
        keys = value.map { |key| key.respond_to?(:to_sym) ? key.to_sym : throw(:invalid) }
        unknown = keys - GC.stat.keys
        throw :invalid, "this Ruby has no #{unknown.join(", ")}" unless unknown.empty?
        keys.uniq.freeze
      end,
      object_counts: Option.new(default: :budget, read: COUNTING,
                                accepts: ":budget, true or false") do |value|
        [ :budget, true, false ].include?(value) ? value : throw(:invalid)
      end,
      retention: Option.new(default: :budget, read: BUDGET_OR_RATE,
                            accepts: ":budget, a number from 0 to 1 or false") do |value|
        next value if value == :budget || value == false
        throw :invalid unless NUMERIC[value] && value.between?(0, 1)
        value.zero? ? false : value.to_f
      end,
      process_sample_interval: Option.new(default: 10, read: NUMBER_OR_OFF,
                                          accepts: "seconds, above 0, or false") do |value|
        value == false || SECONDS[value] ? value : throw(:invalid)
      end,
      flight_recorder: Option.new(default: nil, read: TEXT_OR_OFF,
                                  accepts: "a folder or false") do |value|
        next value if value.nil? || value == false
        path = value.respond_to?(:to_path) ? value.to_path : value
        throw :invalid unless path.is_a?(String) && !path.empty? && !path.include?("\0")
        File.expand_path(path).freeze
      end,
      queue_size: Option.new(default: 1024, read: WHOLE,
                             accepts: "a whole number from 1 to #{LARGEST_QUEUE}") do |value|
        throw :invalid unless value.is_a?(Integer) && value.between?(1, LARGEST_QUEUE)
        value
      end,
      flush_interval: Option.new(default: 0.1, read: NUMBER, accepts: "seconds, above 0") do |value|
        SECONDS[value] ? value : throw(:invalid)
      end,
      log_query: Option.new(default: false, read: BOOLEAN, accepts: "true or false", &FLAG),
      fields: Option.new(default: {}.freeze, read: OBJECT,
                         accepts: "a Hash of values that JSON knows, under names that no line has") do |value|
        ReservedFields.check(value)
      end,
      on_threshold: Option.new(default: nil, accepts: "nil or something that responds to call") do |value|
        value.nil? || value.respond_to?(:call) ? value : throw(:invalid)
      end
    }.freeze
  end
end
