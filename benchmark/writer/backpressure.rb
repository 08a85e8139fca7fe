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
      SECONDS = ResultFile.quick? ? 1 : 5
      BATCH = 500
      STOP_SECONDS = 30

      def measure
        free = requests_into(File.open(File::NULL, "w")) { |_tracker| nil }
        found = nil
        slow = slow_sink { |sink| requests_into(sink) { |tracker| found = tracker.stats } }
        read = slow.pop
        { "bytes_per_second" => BYTES_PER_SECOND, "requests" => found[:requests], "written" => read["requests"],
          "dropped" => found[:dropped], "told" => read["dropped"],
          "us_free" => Spread.first_decile(free), "us_held_up" => Spread.first_decile(slow.first) }
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

        # @return [Array<Float>] microseconds a request, by batch
        def requests_into(sink)
          application = Application.new(log_file: sink, process_sample_interval: false)
          ends = Process.clock_gettime(Process::CLOCK_MONOTONIC) + SECONDS
          batches = []
          batches << application.timed(BATCH) while Process.clock_gettime(Process::CLOCK_MONOTONIC) < ends
          application.tracker.flush(timeout: STOP_SECONDS)
          yield application.tracker
          application.tracker.stop(timeout: STOP_SECONDS)
          batches
        end
    end
  end
end
