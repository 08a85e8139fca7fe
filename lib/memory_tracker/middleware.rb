# frozen_string_literal: true

require "json"
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
    # Marks a request that is being tracked; a second middleware further in lets it pass.
    TOKEN = "memory_tracker.token"

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
      @on_threshold = configuration.on_threshold
      @query_string = QueryString.new if configuration.log_query
      @response_finished = method(:response_finished)
    end

    # @param env [Hash] the Rack environment
    # @return [Array] what the application returned
    def call(env)
      return @app.call(env) if !@tracking || env.key?(TOKEN) || @ignored&.match?(env)

      token = @tracker.start(env)
      return @app.call(env) unless token

      env[TOKEN] = token
      cached = QueryCache.entries
      begin
        response = @app.call(env)
      ensure
        # Neither value: the application raised, or threw to somebody further out.
        fail_request(env, token, cached, $!) unless response
      end
      answer(env, token, cached, response)
    end

    # Ends the request of this environment; later calls for it change nothing.
    # @api private
    def conclude(env, error)
      token = env.delete(TOKEN) || @tracker.answered_here
      line = @tracker.finish(token, error)
      notify(line) if line
    end

    private

    def fail_request(env, token, cached, error)
      @tracker.answer(token, env, nil, error, url(env))
      @tracker.note_query_cache(token, cached, QueryCache.entries)
      conclude(env, nil)
    end

    def answer(env, token, cached, response)
      status, headers, body = response
      @tracker.answer(token, env, status, nil, url(env))
      @tracker.note_query_cache(token, cached, QueryCache.entries)
      if hijacked?(env, headers)
        conclude(env, nil)
      elsif (callbacks = env["rack.response_finished"])
        callbacks << @response_finished
      else
        response = [ status, headers, TrackedBody.wrap(body, env, self) ]
      end
      response
    end

    def response_finished(env, _status, _headers, error) = conclude(env, error)

    def hijacked?(env, headers)
      env.key?("rack.hijack_io") || (headers.respond_to?(:key?) && headers.key?("rack.hijack"))
    end

    def url(env) = @query_string&.url(env)

    def notify(line)
      @on_threshold.call(JSON.parse(line, symbolize_names: true))
    rescue StandardError => error
      warn "memory_tracker: on_threshold raised #{error.class}: #{error.message}" unless @complained
      @complained = true
    end
  end
end
