# frozen_string_literal: true

require "memory_tracker/query_cache"
require "memory_tracker/query_string"

module MemoryTracker
  # What only Ruby can tell of a request, and only where it is wanted: the entries of ActiveRecord's
  # query cache, and the filtered query string.
  class RequestNotes
    # @param tracker [Tracker]
    # @param configuration [Configuration]
    # @return [RequestNotes, nil] nil where there is nothing to note, which costs a request nothing
    def self.for(tracker, configuration)
      new(tracker, configuration.log_query) if configuration.log_query || QueryCache.possible?
    end

    def initialize(tracker, log_query)
      @tracker = tracker
      @query_cache = QueryCache if QueryCache.possible?
      @query_cache_before = @query_cache unless QueryCache.emptied?
      @query_string = QueryString.new if log_query
    end

    # @return [Integer, nil] what {#add} is given back
    def begin = @query_cache_before&.entries

    # @param token [Integer] names the request
    # @param env [Hash] the Rack environment
    # @param cached [Integer, nil] what {#begin} returned
    def add(token, env, cached)
      @tracker.note_query_cache(token, cached, @query_cache.entries) if @query_cache
      @tracker.note_url(token, @query_string.url(env)) if @query_string
    end
  end
end
