# frozen_string_literal: true

require_relative "../pace"
require_relative "../spread"
require_relative "../writer_clock"
require_relative "application"

module Bench
  module Writer
    # The writer's own CPU for a line, when many wait for it and when a few come at a time, which its interval
    # decides. Without the process lines, which one pays for by the second and not by the request.
    class LineCost
      ROUNDS = ResultFile.quick? ? 5 : 80
      PATIENCE_SECONDS = ResultFile.quick? ? 1 : 20
      BURST = 1_000
      SLOW_ROUNDS = ResultFile.quick? ? 1 : 5
      SLOW_PER_SECOND = 100
      INTERVALS = [ 0.1, 1 ].freeze

      def initialize(folder)
        @folder = folder
      end

      def measure
        us = Spread.first_decile(with_application { Pace.best(ROUNDS, patience: PATIENCE_SECONDS) { spent { burst } } })
        lines = File.readlines(log).grep(/"event":"request"/)
        slow = INTERVALS.to_h { |seconds| [ seconds, with_application(flush_interval: seconds) { slow_rounds } ] }
        { "us" => us, "per_second" => 1_000_000 / us, "us_at_100_a_second" => slow, "bytes" => lines.sum(&:bytesize).fdiv(lines.size) }
      end

      private
        def log = File.join(@folder, "lines.log")

        def with_application(**options)
          @application = Application.new(log_file: log, process_sample_interval: false, **options)
          spent { burst }
          yield
        ensure
          MemoryTracker.stop
        end

        # @return [Float] microseconds of the writer's CPU for a line
        def spent(&block) = WriterClock.for_each_line(@application.tracker, &block).last

        def burst
          @application.serve(BURST)
          @application.tracker.flush(timeout: 10)
        end

        def slow_rounds = Spread.median(Pace.best(SLOW_ROUNDS, patience: PATIENCE_SECONDS) { spent { a_second } })

        def a_second
          SLOW_PER_SECOND.times do
            @application.serve(1)
            sleep 1.0 / SLOW_PER_SECOND
          end
          @application.tracker.flush(timeout: 10)
        end
    end
  end
end
