# frozen_string_literal: true

require "memory_tracker/version"
require "memory_tracker/errors"
require "memory_tracker/native"
require "memory_tracker/configuration"
require "memory_tracker/tracker" if MemoryTracker::Native.available?
require "memory_tracker/null_tracker"
require "memory_tracker/registry"
require "memory_tracker/middleware"

# Says which request grew the memory of a Ruby process.
#
# What a Rack application needs is {Middleware}; the functions here look at, and wait for, the
# tracker that was configured last.
module MemoryTracker
  class << self
    # @return [Tracker, NullTracker, nil] the tracker configured last
    def tracker = Registry.latest

    # What the tracker did in this process, and how well it can do it. The keys are described in
    # the README. Before any middleware was made, only that nothing is tracked.
    # @return [Hash{Symbol => Object}]
    def stats = (tracker || NullTracker.new("no middleware has been made yet")).stats

    # What the endpoints keep in memory, as far as the sampled requests show it: what the lines
    # "retention" and "verdict" say, at this moment and under the same names.
    # @return [Hash{Symbol => Object}] process:: verdict, major_gcs, old_objects_per_1000_requests;
    #   endpoints:: an Array with endpoint, verdict (:leaking, :filling, :holding, :clean, :unknown),
    #   samples, samples_needed, kept_objects and kept_bytes a request, kept_per_1000_requests and
    #   kept_per_hour in MB (each with mean, low, high), sites (each with class, location, share)
    def report = (tracker || NullTracker.new("no middleware has been made yet")).report

    # Measures a block as a request is measured: a job, a rake task, a line in the console. Blocks
    # nest, and what a block does counts in the request around it too. The line has `event: "block"`.
    # @param name [String] what the line calls it
    # @param fields [Hash] goes onto the line, as `fields`
    # @return [Object] what the block returned
    def track(name, fields: {}, &block)
      (tracker || Registry.tracker_for(Configuration.new)).track_block(name, fields, &block)
    end

    # Waits until everything recorded before the call is in the log.
    # @param timeout [Numeric] seconds to wait at the most
    # @return [Boolean] false when the time was over first
    def flush(timeout: 1.0) = Registry.trackers.map { |each| each.flush(timeout: timeout) }.all?

    # Writes what there is, ends the writers and removes the recorders. A middleware that was made
    # before calls its application untracked from then on; one that is made later tracks afresh.
    # @param timeout [Numeric] seconds to wait at the most
    # @return [Boolean] false when a log did not take everything in time
    def stop(timeout: 1.0) = Registry.clear.map { |each| each.stop(timeout: timeout) }.all?
  end
end

# The name that users of the earlier middleware have in their configuration.
MemoryTrackerMiddleware = MemoryTracker::Middleware

require "memory_tracker/railtie" if defined?(Rails::Railtie)
