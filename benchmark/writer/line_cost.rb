# frozen_string_literal: true

require_relative "../spread"
require_relative "application"

module Bench
  module Writer
    # The writer's own CPU for a line, when many wait for it and when a few come at a time. Without the
    # process lines, which one pays for by the second and not by the request.
    class LineCost
      ROUNDS = ResultFile.quick? ? 5 : 40
      BURST = 1_000
      SLOW_SECONDS = ResultFile.quick? ? 1 : 5
      SLOW_PER_SECOND = 100

      def initialize(folder)
        @log = File.join(folder, "lines.log")
        @application = Application.new(log_file: @log, process_sample_interval: false)
      end

      def measure
        spent { burst }
        bursts = Array.new(ROUNDS) { spent { burst } }
        us = Spread.median(bursts.map { |cpu, lines| cpu / lines })
        slow_cpu, slow_lines = spent { slowly }
        @application.tracker.stop
        lines = File.readlines(@log).grep(/"event":"request"/)
        { "us" => us, "per_second" => 1_000_000 / us, "us_at_100_a_second" => slow_cpu / slow_lines,
          "bytes" => lines.sum(&:bytesize).fdiv(lines.size) }
      end

      private
        # @return [Array] microseconds of the writer's CPU, and lines
        def spent
          before = @application.tracker.stats
          yield
          after = @application.tracker.stats
          [ (after[:writer_cpu_ms] - before[:writer_cpu_ms]) * 1000, after[:lines] - before[:lines] ]
        end

        def burst
          @application.serve(BURST)
          @application.tracker.flush(timeout: 10)
        end

        def slowly
          (SLOW_SECONDS * SLOW_PER_SECOND).times do
            @application.serve(1)
            sleep 1.0 / SLOW_PER_SECOND
          end
          @application.tracker.flush(timeout: 10)
        end
    end
  end
end
