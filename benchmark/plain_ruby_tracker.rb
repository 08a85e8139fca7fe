# frozen_string_literal: true

require "etc"
require "json"
require "logger"

module Bench
  # What one writes in an afternoon: the same figures before and after each request, with Ruby's own means,
  # as a line of JSON through Logger.
  class PlainRubyTracker
    PAGE = Etc.sysconf(Etc::SC_PAGESIZE)
    THRESHOLD_BYTES = 10 * 1_048_576

    def initialize(app, log_file, count_objects: false)
      @app = app
      @count_objects = count_objects
      @logger = Logger.new(log_file)
      @logger.formatter = ->(_severity, _time, _program, line) { "#{line}\n" }
    end

    def call(env)
      before = figures
      response = @app.call(env)
      log(env, response, before, figures)
      response
    end

    private
      def figures
        figures = { time: Process.clock_gettime(Process::CLOCK_MONOTONIC), memory: resident, gc_stats: GC.stat }
        figures[:objects] = ObjectSpace.count_objects if @count_objects
        figures
      end

      def resident = File.read("/proc/self/statm").split[1].to_i * PAGE

      def log(env, response, before, after)
        growth = after[:memory] - before[:memory]
        @logger.info(JSON.generate(
          time: Time.now.utc, level: growth > THRESHOLD_BYTES ? "WARN" : "INFO", pid: Process.pid,
          request_id: env["action_dispatch.request_id"] || env["HTTP_X_REQUEST_ID"], method: env["REQUEST_METHOD"],
          url: env["PATH_INFO"], status: response[0], memory_growth: growth,
          request_time: after[:time] - before[:time], before: before, after: after
        ))
      end
  end
end
