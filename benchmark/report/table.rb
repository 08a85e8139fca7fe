# frozen_string_literal: true

require "time"
require_relative "../result_file"

module Bench
  class Report
    # What one part found as Markdown: figures with as many digits as they are good for, and where they
    # come from. A table says in PART whose result it wants.
    class Table
      # @param folder [String] where the results are
      # @return [Table, nil] nil when its part has not been measured
      def self.of(folder) = ResultFile.read(self::PART, folder)&.then { |result| new(result) }

      def initialize(result)
        @machine = result.fetch("machine")
        @results = result.fetch("results")
      end

      private
        # The first column holds names, the others figures.
        def table(head, rows)
          lines = [ head, head.each_index.map { |index| index.zero? ? "---" : "---:" }, *rows ]
          "#{lines.map { |cells| "| #{cells.join(" | ")} |" }.join("\n")}\n"
        end

        # Two digits that count, and no decimals of what is large.
        def figure(number)
          return "–" unless number
          return "0" if number.abs < 0.005
          return whole(number) if number.abs >= 100

          format(number.abs < 10 ? "%.2f" : "%.1f", number)
        end

        def whole(number) = number.round.to_s.gsub(/(\d)(?=(\d{3})+$)/, '\1,')
        def percent(share, digits = 1) = format("%.#{digits}f %%", share * 100)
        def percent_more(ratio) = format("%+.1f %%", (ratio - 1) * 100)
        def ruby(machine) = machine["ruby"][/\Aruby (\d+\.\d+\.\d+)/, 1]

        # @param machine [Hash] see Bench::Machine
        def circumstances(machine)
          gems = machine["gems"].slice("rack", "rails", "puma").map { |name, version| "#{name} #{version}" }
          format("Ruby %s%s, %s; Linux %s, %s, %d cores of an %s; %s, load %.1f before.", ruby(machine),
            machine["yjit"] ? " with YJIT" : "", gems.join(", "), machine["kernel"][/\A\d+\.\d+/], machine["libc"], machine["cores"],
            machine["cpu"], Time.iso8601(machine["time"]).strftime("%Y-%m-%d"), machine["load_average"].first)
        end
    end
  end
end
