# frozen_string_literal: true

require "etc"
require "json"
require_relative "../../test/support/process_figures"
require_relative "../../test/support/puma_server"

module Bench
  module Throughput
    # The application on a Puma cluster, and what wrk and the kernel say of it.
    class Cluster
      WORKERS = 2
      THREADS = 3
      CONNECTIONS = 8
      TIMEOUT = "20s" # a slow answer is one that counts
      TICKS = Etc.sysconf(Etc::SC_CLK_TCK)
      SCRIPT = File.expand_path("wrk.lua", __dir__)
      RACKUP = File.expand_path("config.ru", __dir__)
      ORDER = "/orders/7"

      # @param log [String] where the tracker writes to
      def initialize(folder, tracked:, log: File.join(folder, "memory_tracker.log"))
        Dir.mkdir(folder)
        @server = PumaServer.new(RACKUP, threads: THREADS, workers: WORKERS,
          env: { "SHOP_FOLDER" => folder, "SHOP_LOG" => (log if tracked) })
        Eventually.eventually(within: 60, what: "#{WORKERS} workers") { workers.size == WORKERS }
      rescue StandardError
        @server&.stop
        raise
      end

      # @return [Hash] of so many seconds under wrk
      def round(seconds)
        before = cpu_seconds
        found = JSON.parse(wrk(seconds))
        too_many = found["spoiled"] > PumaServer.most_spoiled(found["requests"])
        raise "#{found} #{@server.errors}" if too_many || found["failed"].positive?

        { "requests_per_second" => found["requests"] / found["seconds"], "p50_ms" => found["p50_ms"], "p99_ms" => found["p99_ms"],
          "cpu_us" => (cpu_seconds - before) * 1_000_000 / found["requests"] }
      end

      # @return [Float] MB of a worker, the mean
      def rss = workers.sum { |pid| ProcessFigures.new(pid).rss } / WORKERS

      def stop = @server.stop

      private
        def wrk(seconds)
          output = IO.popen([ "wrk", "--threads", "1", "--connections", CONNECTIONS.to_s, "--duration", "#{seconds}s", "--latency",
                              "--timeout", TIMEOUT, "--script", SCRIPT, "http://127.0.0.1:#{@server.port}#{ORDER}" ], &:readlines)
          raise "wrk: #{$?.inspect}" unless $?.success?

          output.last
        end

        def workers
          @workers = File.read("/proc/#{@server.pid}/task/#{@server.pid}/children").split if @workers&.size != WORKERS
          @workers
        end

        # What the workers have used, all their threads.
        def cpu_seconds
          workers.sum { |pid| File.read("/proc/#{pid}/stat")[/\) (.+)/, 1].split.values_at(11, 12).sum(&:to_i) }.fdiv(TICKS)
        end
    end
  end
end
