# frozen_string_literal: true

require "memory_tracker"

module MemoryTracker
  module Integrations
    # Makes each performed job a line with `event: "job"`.
    #
    #   require "memory_tracker/integrations/active_job"
    #   class ApplicationJob < ActiveJob::Base
    #     include MemoryTracker::Integrations::ActiveJob
    #   end
    module ActiveJob
      # @api private
      def self.included(job_class)
        job_class.around_perform do |job, block|
          fields = { jid: job.job_id, queue: job.queue_name, retry: job.executions - 1 }
          tracker = Registry.latest || Registry.tracker_for(Configuration.new)
          tracker.track_job(job.class.name, fields) { block.call }
        end
      end
    end
  end
end
