# frozen_string_literal: true

require "json"
require "rbconfig"
require_relative "../spread"
require_relative "application"

module Bench
  module Writer
    # Requests as fast as they come, into a pipe whose reader takes 1 MB a second: what is not taken is
    # dropped and counted, and no request waits.
    class Backpressure
      READER = File.expand_path("slow_reader.rb", __dir__)
      BYTES_PER_SECOND = 1_000_000
      SECONDS = ResultFile.quick? ? 2 : 10
      BATCH = 500
      STOP_SECONDS = 30

      def measure
        free = application(File.open(File::NULL, "w"))
        (us, found), read = slow_sink do |sink|
          held_up = application(sink)
          [ in_turn(free, held_up), figures(held_up.tracker) ]
        end
        { "bytes_per_second" => BYTES_PER_SECOND, "requests" => found[:requests], "written" => read["requests"],
          "dropped" => found[:dropped], "told" => read["dropped"], **%w[ us_free us_held_up ].zip(us).to_h }
      ensure
        MemoryTracker.stop
      end

      private
        # @return [Array] what the block returned, and what the reader had
        def slow_sink
          reader, sink = IO.pipe
          output, told = IO.pipe
          pid = Process.spawn(RbConfig.ruby, READER, BYTES_PER_SECOND.to_s, in: reader, out: told)
          [ reader, told ].each(&:close)
          result = yield sink
          sink.close
          [ result, JSON.parse(output.read) ]
        ensure
          Process.wait(pid) if pid
        end

        def application(sink) = Application.new(log_file: sink, process_sample_interval: false)

        # @return [Array<Float>] microseconds a request, of each
        def in_turn(*applications)
          ends = Process.clock_gettime(Process::CLOCK_MONOTONIC) + SECONDS
          rounds = []
          rounds << applications.map { |each| each.timed(BATCH) } while Process.clock_gettime(Process::CLOCK_MONOTONIC) < ends
          rounds.transpose.map { |batches| Spread.first_decile(batches) }
        end

        def figures(tracker)
          tracker.flush(timeout: STOP_SECONDS)
          tracker.stats.tap { tracker.stop(timeout: STOP_SECONDS) }
        end
    end
  end
end
