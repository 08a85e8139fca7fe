# frozen_string_literal: true

require "memory_tracker/query_cache"
require "memory_tracker/query_string"
require "memory_tracker/tracked_body"

module MemoryTracker
  # Measures each request from its entry to the end of its body, and never changes the answer:
  # status, headers, body and exceptions are the application's.
  #
  #   use MemoryTracker::Middleware, threshold: 20, log_file: "log/memory_tracker.log"
  #
  # The end of the body is known from the server where it offers rack.response_finished, else from
  # a wrapper around the body. A connection that the application hijacks is its own from then on,
  # so such a request ends when the application returns.
  class Middleware
    # @return [Tracker, NullTracker]
    attr_reader :tracker

    # @param app [#call] a Rack application
    # @param options [Hash] see {Configuration}
    # @raise [ConfigurationError]
    def initialize(app, options = nil, **keywords)
      @app = app
      configuration = Configuration.new(**(options || {}), **keywords)
      @tracker = Registry.tracker_for(configuration)
      @tracking = @tracker.tracking?
      @ignored = configuration.ignored_paths
      @query_string = QueryString.new if configuration.log_query
      @query_cache = QueryCache if QueryCache.possible?
    end

    # @param env [Hash] the Rack environment
    # @return [Array] what the application returned
    def call(env)
      return @app.call(env) if !@tracking || @ignored&.match?(env)

      token = @tracker.start(env)
      return @app.call(env) unless token

      cached = @query_cache&.entries
      begin
        response = @app.call(env)
      rescue Exception => error # rubocop:disable Lint/RescueException -- noted and raised again
        raise
      ensure
        # No answer and no error: the application threw to somebody further out.
        give_up(token, env, cached, error) unless response
      end
      answer(token, env, cached, response)
    end

    private

    def give_up(token, env, cached, error)
      note(token, env, cached)
      @tracker.give_up(token, env, error)
    end

    def answer(token, env, cached, response)
      note(token, env, cached)
      status, headers, body = response
      return response if @tracker.answer(token, env, status, headers)

      [ status, headers, TrackedBody.wrap(body, env, @tracker) ]
    end

    def note(token, env, cached)
      @tracker.note_query_cache(token, cached, @query_cache.entries) if @query_cache
      @tracker.note_url(token, @query_string.url(env)) if @query_string
    end
  end
end
