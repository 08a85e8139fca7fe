# frozen_string_literal: true

module MemoryTracker
  # Measures requests and hands them to a recorder and a writer thread; both are made at the first
  # request of a process, and anew in a forked child. The work is done by the extension, which also
  # defines, for {Middleware} alone:
  #
  # start(env):: begins a request; an Integer that names it, or nil when it cannot be tracked
  # answer(token, env, status, error, url):: the application has returned or raised
  # note_query_cache(token, before, after):: entries, or nil
  # finish(token, error):: ends it; the line as JSON when it passed the threshold and a callback
  #   is configured, else nil. A token that is no longer in flight is passed over.
  # answered_here:: the token of the request that this fiber has answered and not finished, or nil
  #
  # None of them raises, and none allocates an object.
  class Tracker
    # @param configuration [Configuration]
    # @return [Tracker]
    # @raise [Error] when the log is an IO whose descriptor cannot be used
    def self.open(configuration)
      _open(configuration.to_native).tap do |tracker|
        tracker.instance_variable_set(:@configuration, configuration)
      end
    end

    private_class_method :_open

    # @return [Configuration]
    attr_reader :configuration

    def tracking? = !@stopped

    # @see MemoryTracker.flush
    def flush(timeout: 1.0) = _flush(Float(timeout))

    # @see MemoryTracker.stop
    def stop(timeout: 1.0)
      @stopped = true
      finish_unclosed
      _stop(Float(timeout))
    end

    # @see MemoryTracker.stats
    def stats
      {
        tracking: tracking?, reason: tracking? ? nil : "stopped", pid: Process.pid,
        queue_size: configuration.queue_size, **_stats
      }.then { |stats| stats.merge(sink: stats[:sink] || configuration.log_name) }
    end

    private :_flush, :_stop, :_stats
  end
end
