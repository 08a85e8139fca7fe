# frozen_string_literal: true

require_relative "terminal"

module Demo
  # The question that the log answers: which route grows the process?
  class RouteTable
    HEADER = [ "route", "requests", "median MB", "p95 MB", "max MB", "objects", "WARN" ].freeze
    FORMAT = "  %-38s %9s %10s %9s %9s %10s %6s"

    def initialize(requests)
      @groups = requests.group_by { |line| [ line["method"], line["route"] || line["url"] ].join(" ") }
    end

    def header = format(FORMAT, *HEADER)

    # The routes that grew most come first.
    def rows
      @groups.sort_by { |_, lines| -growths(lines).last.to_f }.map do |route, lines|
        [ lines.any? { |line| line["level"] == "WARN" }, format(FORMAT, *cells(route, lines)).rstrip ]
      end
    end

    private
      def cells(route, lines)
        sizes = growths(lines)
        warnings = lines.count { |line| line["level"] == "WARN" }
        [
          route.size > 38 ? "#{route[0, 37]}…" : route, Terminal.number(lines.size),
          megabytes(percentile(sizes, 50)), megabytes(percentile(sizes, 95)), megabytes(sizes.last),
          Terminal.number(percentile(lines.filter_map { |line| line["allocated_objects"] }.sort, 50) || "-"),
          warnings.zero? ? "" : warnings
        ]
      end

      def growths(lines) = lines.filter_map { |line| line["attributed_growth"] }.sort

      # The smallest value that so many per cent of the values do not exceed.
      def percentile(sorted, share)
        sorted[((sorted.size * share / 100.0).ceil - 1).clamp(0, nil)]
      end

      def megabytes(value) = value ? format("%.2f", value) : "-"
  end
end
