# frozen_string_literal: true

require "memory_tracker"

module MemoryTracker
  module Integrations
    # A Sidekiq server middleware: each job becomes a line with `event: "job"`.
    #
    #   require "memory_tracker/integrations/sidekiq"
    #   Sidekiq.configure_server do |config|
    #     config.server_middleware { |chain| chain.add MemoryTracker::Integrations::Sidekiq, threshold: 50 }
    #   end
    #
    # Where ActiveJob runs on Sidekiq, one of the two integrations is enough: with both, a job has
    # two lines.
    class Sidekiq
      # @param options [Hash] see {Configuration}; without any, the tracker that is there
      # @raise [ConfigurationError]
      def initialize(options = nil, **keywords)
        given = { **(options || {}), **keywords }
        @tracker = Registry.tracker_for(Configuration.new(**given)) unless given.empty?
      end

      # @param _job [Object] the job's instance
      # @param payload [Hash] what Sidekiq knows of it
      # @param queue [String]
      def call(_job, payload, queue, &block)
        name = payload["wrapped"] || payload["class"]
        fields = { jid: payload["jid"], queue: queue, retry: payload.fetch("retry_count", -1) + 1 }
        tracker.track_job(name, fields, &block)
      end

      private

      def tracker = @tracker || Registry.latest || (@tracker = Registry.tracker_for(Configuration.new))
    end
  end
end
