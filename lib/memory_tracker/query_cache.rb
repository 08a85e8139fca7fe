# frozen_string_literal: true

module MemoryTracker
  # How many results ActiveRecord's query cache holds for the request at hand. It only looks: a
  # connection that nobody has taken is not taken for it.
  module QueryCache
    class << self
      # @return [Boolean] false in a process that has no ActiveRecord by now
      def possible? = defined?(::ActiveRecord) ? true : false

      # @return [Boolean] true where Rails empties the cache when a request has ended: the next one finds nothing, and
      #   to look, behind an action that has taken the caches of the processor, would cost it 5 µs
      def emptied? = defined?(::Rails.application) && ::Rails.application ? true : false

      # @return [Integer, nil] nil without ActiveRecord, and where the request has used no connection
      def entries
        return unless active_record?

        base = ActiveRecord::Base
        pool = base.connection_handler.retrieve_connection_pool(base.connection_specification_name)
        pool && count(pool)
      rescue NameError, ArgumentError, TypeError
        # Inner parts of ActiveRecord, which a later release may change: no figure then. Nothing
        # else is caught: it could be an exception that another thread raised in this one.
        nil
      end

      private

      # Asking for the constant would load ActiveRecord in an application that never uses it; asking
      # with `defined?` would swallow an exception that another thread raises meanwhile.
      def active_record?
        @active_record ||= !::ActiveRecord.autoload?(:Base)
      end

      # Rails 7.2 moved the cache from the connection to the pool, where it outlives the lease of
      # a connection.
      def count(pool)
        connection = pool.active_connection?
        if pool.respond_to?(:query_cache)
          size = pool.query_cache.size
          size unless size.zero? && !connection
        elsif connection
          size_of(connection.query_cache)
        end
      end

      # Rails 7.0 keeps a Hash by SQL of Hashes by binds, 7.1 one flat Hash.
      def size_of(cache)
        return cache.size unless cache.is_a?(Hash)

        cache.each_value.sum { |results| results.is_a?(Hash) ? results.size : 1 }
      end
    end
  end
end
