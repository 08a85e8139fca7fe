# frozen_string_literal: true

require "memory_tracker/request_notes"

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
    # @param tracker [Tracker, nil] one that exists already, instead of options
    # @raise [ConfigurationError]
    def initialize(app, options = nil, tracker: nil, **keywords)
      @app = app
      @tracker = tracker || Registry.tracker_for(Configuration.new(**(options || {}), **keywords))
      @tracking = @tracker.tracking?
      return unless @tracking

      configuration = @tracker.configuration
      @ignored = configuration.ignored_paths
      @notes = RequestNotes.for(@tracker, configuration)
    end

    # @param env [Hash] the Rack environment
    # @return [Array] what the application returned
    def call(env)
      return @app.call(env) if !@tracking || @ignored&.match?(env)

      @tracker.track(@app, env, @notes)
    end
  end
end
