# frozen_string_literal: true

require_relative "../driver"

module Bench
  module Writer
    # Requests through the middleware, for those who look at what comes out.
    class Application
      PARTS = [ "hello" ].freeze

      attr_reader :tracker

      # @param options [Hash] of the middleware
      def initialize(**options)
        middleware = MemoryTracker::Middleware.new(->(_env) { [ 200, { "content-type" => "text/plain" }, PARTS ] }, **options)
        @tracker = middleware.tracker
        @driver = Driver.new(middleware)
      end

      def serve(requests) = @driver.serve(@driver.environments(requests))

      # What a request takes of its thread, in microseconds.
      def timed(requests)
        environments = @driver.environments(requests)
        before = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID)
        @driver.serve(environments)
        (Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) - before) * 1_000_000 / requests
      end
    end
  end
end
