# frozen_string_literal: true

require_relative "../spread"
require_relative "application"

module Bench
  module Writer
    # From the end of a request to its line in the log, for requests that come at any moment of the writer's
    # turn.
    class Lag
      REQUESTS = ResultFile.quick? ? 20 : 150
      LOOK_SECONDS = 0.001
      LONGEST_PAUSE_SECONDS = 0.2
      SEED = 1

      def initialize(folder)
        @log = File.join(folder, "lag.log")
        @application = Application.new(log_file: @log, process_sample_interval: false)
        @random = Random.new(SEED)
      end

      def measure
        @application.serve(1)
        @application.tracker.flush
        lags = Array.new(REQUESTS) { lag }
        @application.tracker.stop
        { "requests" => REQUESTS, "median_ms" => Spread.median(lags), "p99_ms" => Spread.percentile(lags, 99) }
      end

      private
        def lag
          sleep @random.rand(LONGEST_PAUSE_SECONDS)
          size = File.size(@log)
          @application.serve(1)
          finished = now
          sleep LOOK_SECONDS until File.size(@log) > size
          (now - finished) * 1000
        end

        def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
