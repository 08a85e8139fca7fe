# frozen_string_literal: true

require_relative "result_file"
require_relative "report/table"

module Bench
  # The ratios of two runs beside each other: times depend on the hour, and what one is to the other should not.
  class TwoRuns < Report::Table
    TOLERANCE = 0.15
    # What takes less than this share of the floor is noise by itself.
    LEAST_SHARE = 0.1

    # @param folders [Array<String>] where the results of each run are
    def initialize(*folders)
      @first, @second = folders.map { |folder| ratios(folder) }
      raise ArgumentError, "no results in #{folders.join(" or ")}" if @first.empty? || @second.empty?
    end

    # @return [Hash{String => Float}] the second run's ratio by the first one's, minus one
    def differences = (@first.keys & @second.keys).to_h { |name| [ name, @second[name] / @first[name] - 1 ] }

    # @return [Hash{String => Float}] of those that differ by more
    def apart = differences.select { |_, difference| difference.abs > TOLERANCE }

    def to_s
      rows = differences.map do |name, difference|
        [ name, figure(@first[name]), figure(@second[name]), percent_more(1 + difference) ]
      end
      "#{table([ "ratio", "first run", "second run", "difference" ], rows)}\n" \
        "#{rows.size - apart.size} of #{rows.size} within #{percent(TOLERANCE, 0)}\n"
    end

    private
      def ratios(folder)
        %w[ request_path cost_growth throughput full_disk writer start_and_install ].reduce({}) do |found, part|
          result = ResultFile.read(part, folder)&.fetch("results")
          result ? found.merge(send(part, result)) : found
        end
      end

      def request_path(results)
        variants = results["variants"].to_h { |variant| [ variant["key"], variant ] }
        floor, runtime = %w[ floor rack_runtime ].map { |key| variants.delete(key)["first_decile"] }
        variants.select! { |_, variant| variant["first_decile"] > LEAST_SHARE * floor }
        { "Rack::Runtime / the floor" => runtime / floor }
          .merge(variants.values.to_h { |variant| [ "#{variant["name"]} / the floor", variant["first_decile"] / floor ] })
          .merge("memory_tracker / Rack::Runtime" => variants["defaults"]["first_decile"] / runtime)
      end

      # What each step costs by the first one, which is 1 where nothing grows.
      def cost_growth(results)
        results.flat_map do |dimension, steps|
          steps.drop(1).map do |step|
            [ "#{dimension}: #{step["step"]} / #{steps.first["step"]}", step["us"]["memory_tracker"] / steps.first["us"]["memory_tracker"] ]
          end
        end.to_h
      end

      def throughput(results)
        action, added, writer = results["in_process"].values_at("action", "added", "writer")
        { "added to an action / the action" => added / action, "the writer's part / the action" => writer / action }
          .merge(results["ratios"].transform_keys { |name| "#{name}: with / without" })
      end

      def full_disk(results) = results["ratios"].to_h { |name, (_, median, _)| [ "#{name}: full / room", median ] }

      def writer(results)
        line, slow = results["line"].values_at("us", "us_at_100_a_second")
        slow.to_h { |interval, us| [ "a line at 100 a second, every #{interval} s / in bursts", us / line ] }
      end

      def start_and_install(results)
        one, two = results["install"].map { |install| install["cpu_seconds"] }
        { "memory after 1,000,000 / 1,000" => results["memory_mb"].then { |memory| memory["1000000"] / memory["1000"] },
          "install: make -j2 / -j1" => two / one }
      end
  end
end
