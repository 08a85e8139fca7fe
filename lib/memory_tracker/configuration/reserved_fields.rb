# frozen_string_literal: true

require "memory_tracker/fields_json"

module MemoryTracker
  class Configuration
    # Constant fields go onto every line beside the tracker's own, so they must be JSON and must not
    # take a name that a line has already: a reader would find two members of one name.
    module ReservedFields
      NAMES = %w[
        time level event schema pid seq request_id method url controller action route status error
        name request_time memory_before memory_after memory_growth touched attributed_growth scope
        overlap allocated_objects allocations_scope gc_stats gc_stats_before gc_stats_after gc_time_ms
        gc_wait_ms gc_scope gc_count gc_major_count objects_before objects_after query_cache_before
        query_cache_after threshold thread in_flight truncated unclosed allocated_bytes freed_bytes
        rss pss uss pss_age swap anonymous file shared peak threads allocator allocator_stats cgroup
        requests warnings sampled_out dropped tracker count total version ruby rails libproc2 fields jid
        queue retry found_by last_seen last_rss last_seq oom_kill torn
      ].freeze

      # @return [Hash] a frozen copy
      # @raise [UncaughtThrowError] :invalid, for {Option}
      def self.check(fields)
        throw :invalid unless fields.is_a?(Hash)
        unless fields.keys.all? { |key| key.is_a?(String) || key.is_a?(Symbol) }
          throw :invalid, "a name must be a String or a Symbol"
        end

        taken = fields.keys.map(&:to_s) & NAMES
        throw :invalid, "#{taken.join(", ")} is taken" unless taken.empty?

        FieldsJson.generate(fields)
        fields.dup.freeze
      rescue JSON::GeneratorError, JSON::ParserError, Encoding::UndefinedConversionError, JSON::NestingError
        throw :invalid, "not representable in JSON"
      end
    end
  end
end
