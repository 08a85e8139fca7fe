# frozen_string_literal: true

module MemoryTracker
  # Stands in where nothing is tracked, and says why. It answers what {Tracker} answers.
  class NullTracker
    # What is known where nothing has been sampled.
    EMPTY_REPORT = { process: { verdict: :unknown, major_gcs: 0 }, endpoints: [] }.freeze

    # @return [Configuration, nil] nil before there is any
    attr_reader :configuration

    # @param reason [String]
    # @param configuration [Configuration, nil]
    def initialize(reason, configuration = nil)
      @reason = reason
      @configuration = configuration
    end

    def tracking? = false

    def flush(timeout: 1.0) = true

    def stop(timeout: 1.0) = true

    def track_block(_name, _fields = {}) = yield

    def track_job(_name, _fields = {}) = yield

    def report = EMPTY_REPORT

    # @return [Hash{Symbol => Object}] with the keys of {Tracker#stats}, where nothing was counted
    def stats
      {
        tracking: false, reason: @reason, pid: Process.pid, requests: 0, warnings: 0, lines: 0,
        bytes: 0, sampled_out: 0, dropped: 0, unclosed: 0, in_flight: 0, queue_size: 0,
        queue_used: 0, object_count_samples: 0, own_bytes: 0, writer_cpu_ms: 0.0,
        request_overhead_us: nil, recorder: nil, sink: nil, sink_error: nil, degraded: [ @reason ],
        rss_check: nil, process_memory_source: nil,
        retention: { mode: false, samples: 0, in_flight: 0, followed: 0, cost_ms: 0.0, share: 0.0, refused: @reason }
      }
    end
  end
end
