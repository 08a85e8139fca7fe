# frozen_string_literal: true

module MemoryTracker
  # The trackers of this process. Middlewares that are configured alike share one: a second writer
  # and a second recorder for the same log would help nobody.
  module Registry
    @mutex = Mutex.new
    @trackers = {}
    @warned = false
    @exit_hook = false

    class << self
      # @param configuration [Configuration]
      # @return [Tracker, NullTracker]
      def tracker_for(configuration)
        @mutex.synchronize do
          tracker = @trackers.delete(configuration) || open(configuration)
          @trackers[configuration] = tracker # last again
        end
      end

      # @return [Array<Tracker, NullTracker>] in the order of their making, the latest last
      def trackers = @trackers.values

      def latest = @trackers.each_value.to_a.last

      # Forgets all of them.
      # @return [Array<Tracker, NullTracker>] what there was
      def clear = @mutex.synchronize { @trackers.values.tap { @trackers = {} } }

      private

      def open(configuration)
        return NullTracker.new("switched off (enabled: false)", configuration) unless configuration.enabled
        return without_extension(configuration) unless Native.available?

        stop_at_exit
        Tracker.open(configuration)
      end

      def without_extension(configuration)
        warn "memory_tracker: #{Native.failure}; requests are not tracked" unless @warned
        @warned = true
        NullTracker.new(Native.failure, configuration)
      end

      # A forked child inherits the hook, and then stops what it made itself.
      def stop_at_exit
        at_exit { MemoryTracker.stop(timeout: 1.0) } unless @exit_hook
        @exit_hook = true
      end
    end
  end
end
