# frozen_string_literal: true

# What the tracker costs a real Rails action: one request with it in front and one without, in turn, in one
# process, each by its thread's clock; the writer's thread by its own. in_process.rb PAIRS

require "json"
require "rack"
require "tmpdir"
require_relative "../driver"
require_relative "../pace"
require_relative "../result_file"
require_relative "../spread"
require_relative "../writer_clock"

module Bench
  module Throughput
    # A slow moment is longer than a request, so two that follow each other are compared, many times over.
    class InProcess
      CLOCK = Process::CLOCK_THREAD_CPUTIME_ID
      BATCH = 100
      PATIENCE_SECONDS = ResultFile.quick? ? 1 : 90
      WARM_UP_BATCHES = 3

      def initialize(log, pairs)
        template = Rack::MockRequest.env_for("/orders/7")
        @without, @with = [ Rails.application, MemoryTracker::Middleware.new(Rails.application, log_file: log) ]
          .map { |app| Driver.new(app, template: template) }
        @batches = [ pairs / BATCH, 1 ].max
      end

      # @return [Hash{String => Float}] microseconds of CPU: of the action alone, what the tracker adds to its
      #   thread, and what the writer takes for the request's line
      def measure
        WARM_UP_BATCHES.times { batch }
        batches, lines = Pace.best(@batches, patience: PATIENCE_SECONDS) { WriterClock.for_each_line(MemoryTracker) { batch } }.transpose
        pairs = batches.flatten(1)
        { "action" => Spread.median(pairs.map(&:first)), "added" => Spread.median(pairs.map { |without, with| with - without }),
          "writer" => Spread.median(lines), "pairs" => pairs.size }
      end

      private
        def batch
          environments = [ @without, @with ].map { |driver| driver.environments(BATCH) }
          GC.start
          GC.disable
          environments.transpose.each_with_index.map { |pair, index| index.even? ? both(*pair) : both(*pair, with_first: true) }
        ensure
          GC.enable
          MemoryTracker.flush
        end

        # Who comes second finds the caches as the first left them, so they change places.
        def both(without, with, with_first: false)
          first = clock(@with, with) if with_first
          alone = clock(@without, without)
          [ alone, first || clock(@with, with) ]
        end

        def clock(driver, env)
          before = Process.clock_gettime(CLOCK)
          driver.answer(env)
          (Process.clock_gettime(CLOCK) - before) * 1_000_000
        end
    end
  end
end

Dir.mktmpdir do |folder|
  ENV["SHOP_FOLDER"] = folder
  require_relative "application"
  require "memory_tracker"
  puts JSON.generate(Bench::Throughput::InProcess.new(File.join(folder, "tracker.log"), Integer(ARGV.fetch(0))).measure)
  MemoryTracker.stop
end
