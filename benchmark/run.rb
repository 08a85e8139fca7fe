# frozen_string_literal: true

# Runs the parts that are named, each in a process of its own, and writes the tables and plots. Called by
# bin/benchmark, which brings what is needed.

require "rbconfig"
require_relative "pace"
require_relative "plots"
require_relative "report"
require_relative "result_file"
require_relative "two_runs"

module Bench
  # The command line.
  class Run
    PARTS = %w[ request_path cost_growth throughput full_disk writer start_and_install attribution ].freeze
    # How much of its workload the attribution's own command is asked for; only all of it is kept.
    QUICK_ARGUMENTS = { "attribution" => [ "0.1" ] }.freeze

    def initialize(arguments)
      @other_run = arguments[1].to_s if arguments.first == "--compare"
      @render_only = arguments.include?("--render")
      @parts = @other_run ? [] : arguments - [ "--render" ]
      unknown = @parts - PARTS
      abort "bin/benchmark: no part #{unknown.join(", ")}; there are: #{PARTS.join(" ")}" if unknown.any?
    end

    def run
      return compare if @other_run

      Pace.search unless @render_only
      failed = @render_only ? [] : (@parts.empty? ? PARTS : @parts).reject { |part| measure(part) }
      ResultFile.quick? ? show : write
      abort "Failed: #{failed.join(", ")}" if failed.any?
    end

    private
      def compare
        two_runs = TwoRuns.new(ResultFile::KEPT, @other_run)
        puts two_runs
        exit two_runs.apart.empty?
      rescue ArgumentError => error
        abort "bin/benchmark --compare FOLDER: #{error.message}"
      end

      def measure(part)
        began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        warn "\e[1m==>\e[0m #{part}"
        ended_well = system(RbConfig.ruby, File.expand_path("#{part}.rb", __dir__), *(QUICK_ARGUMENTS.fetch(part, []) if ResultFile.quick?))
        warn format("%s took %.0f s", part, Process.clock_gettime(Process::CLOCK_MONOTONIC) - began)
        ended_well
      end

      def show
        report = Report.new(ResultFile.folder)
        Report::TABLES.each_key { |name| report.table(name)&.then { |table| puts "", table } }
        puts "", Plots.draw
      end

      def write
        puts Plots.draw, Report.new.write
      end
  end
end

Bench::Run.new(ARGV).run
