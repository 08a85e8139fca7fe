# frozen_string_literal: true

require_relative "json_line"
require_relative "route_table"

module Demo
  # What ten seconds of traffic left in the log.
  class Report
    THRESHOLD = 20
    EXAMPLES = [ "show", "report", "not-found" ].freeze
    WARNINGS = {
      "small" => "25 MB kept in small pieces",
      "large" => "25 MB kept in large strings",
      "stream" => "25 MB kept while the body was being streamed",
      "raise" => "25 MB kept, then an exception"
    }.freeze

    def initialize(terminal, log, stats)
      @terminal = terminal
      @lines = log.lines
      @requests = @lines.select { |line| line["event"] == "request" }
      @stats = stats
    end

    def show
      show_examples
      show_warnings
      show_process
      show_routes
      show_cost
    end

    # The kinds of leak that the log has no warning for.
    def kinds_without_warning
      WARNINGS.keys.reject { |kind| example_of(kind, level: "WARN") }
    end

    private
      attr_reader :terminal, :requests

      def show_examples
        terminal.heading "A few of #{Terminal.number(requests.size)} request lines " \
          "(folded here to fit; the second and third without their counters)"
        EXAMPLES.filter_map { |kind| example_of(kind) }.each_with_index do |line, index|
          show_line(line, whole: index.zero?)
        end
      end

      def show_warnings
        terminal.heading "Every kind of warning (threshold: #{THRESHOLD} MB)"
        WARNINGS.each do |kind, title|
          line = example_of(kind, level: "WARN")
          terminal.say terminal.bold("  #{title}") + (line ? "" : terminal.red(": no warning in the log"))
          show_line(line) if line
        end
      end

      def show_process
        terminal.heading "The process as #{@stats["process_memory_source"] || "the kernel"} sees it"
        line = @lines.reverse.find { |candidate| candidate["event"] == "process" }
        line ? show_line(line, whole: true) : terminal.say("  no sample was taken")
      end

      def show_routes
        table = RouteTable.new(requests)
        terminal.heading "Growth by route"
        terminal.say terminal.bold(table.header)
        table.rows.each { |warned, row| terminal.say(warned ? terminal.yellow(row) : row) }
        terminal.say terminal.dim("  MB: attributed_growth, the request's own. objects: median allocated_objects" \
          "#{", #{allocations_scopes}" if allocations_scopes}.")
        show_the_wrongly_blamed
      end

      # What other tools do: take the whole process's growth for the request's own.
      def show_the_wrongly_blamed
        blamed = requests.count { |line| line["level"] == "INFO" && line["memory_growth"].to_f > THRESHOLD }
        return if blamed.zero?

        terminal.say "  #{blamed} more requests saw the process grow by over #{THRESHOLD} MB, through others: no warning for those."
      end

      def allocations_scopes
        scopes = requests.filter_map { |line| line["allocations_scope"] }.tally
        "counted per #{scopes.max_by(&:last).first}" if scopes.any?
      end

      def show_cost
        lines = @stats["lines"].to_i
        samples = @lines.count { |line| line["event"] == "process" }
        terminal.heading "What the tracker cost"
        terminal.say "  requests  #{mean_overhead} in each, on its own thread"
        terminal.say "  writer    #{@stats["writer_cpu_ms"].to_f.round(1)} ms of CPU for #{Terminal.number(lines)} lines " \
          "(#{megabytes(@stats["bytes"])}) and #{samples} process samples, on its own thread"
        terminal.say "  memory    #{megabytes(@stats["own_bytes"])} of its own"
        terminal.say "  dropped   #{Terminal.number(@stats["dropped"])} lines"
        Array(@stats["degraded"]).each { |reason| terminal.say "  #{terminal.yellow("reduced")}   #{reason}" }
      end

      def mean_overhead
        overhead = @stats["request_overhead_us"]
        overhead ? "#{overhead.round(1)} µs" : "unknown"
      end

      def megabytes(bytes) = format("%.2f MB", bytes.to_f / 1_048_576)

      def example_of(kind, level: nil)
        requests.find { |line| line["request_id"].to_s.start_with?("demo-#{kind}-") && (level.nil? || line["level"] == level) }
      end

      def show_line(line, whole: false)
        shown = whole ? JsonLine.new(line) : JsonLine.new(line).shortened
        shown.folded(Terminal::WIDTH).each { |row| terminal.say(highlight(row)) }
        terminal.say
      end

      def highlight(row)
        row.gsub(/"level":"WARN"|"attributed_growth":[-\d.]+|"error":"[^"]*"/) { |field| terminal.yellow(field) }
      end
  end
end
