# frozen_string_literal: true

require_relative "targets"

module Attribution
  # The results as Markdown.
  class Table
    GROWTH = [ "", "requests", "truth", "error: median / p95 / max", "close", "WARN right / missed / false",
               "process-wide: median / p95 / max", "close", "WARN right / missed / false" ].freeze
    UNTOLD = [ "", "requests", "attributed_growth: median / p95 / max", "WARN" ].freeze
    OBJECTS = [ "mix", "scope", "error: median / p95 / max", "within ± #{Comparison::OBJECTS_TOLERANCE}",
                "process-wide: median / p95 / max", "within ± #{Comparison::OBJECTS_TOLERANCE}", "beyond the pieces" ].freeze
    VERDICTS = { true => "yes", false => "**no**", nil => "–" }.freeze

    def initialize(comparisons, outcomes, circumstances)
      @comparisons = comparisons
      @outcomes = outcomes
      @circumstances = circumstances
    end

    def to_s
      <<~MARKDOWN
        # Whose growth, whose objects

        Written by `bundle exec ruby benchmark/attribution.rb`. #{@circumstances}.

        ## What is promised

        #{targets}
        ## Growth, in MB

        Beside the tracker's `attributed_growth` stands what the difference of two readings of the process says. Close: within ± 5 % + 0.5 MB
        of the truth. The threshold is #{Server::THRESHOLD_MEGABYTES} MB. What a request releases before its answer is no growth that lasts, so
        its truth is 0; where others run meanwhile the tracker says what the request had brought into the process.

        #{@comparisons.map { |comparison| growth(comparison) }.join("\n")}
        ## Objects

        Against a counter on every allocation. Beyond the pieces: what that counter saw over what the workload knows it made, fewest and most.

        #{table(OBJECTS, @comparisons.map { |comparison| objects(comparison) })}
      MARKDOWN
    end

    private
      def targets
        table([ "promise", "found", "kept" ], @outcomes.map { |outcome| [ outcome.promise, outcome.found, VERDICTS.fetch(outcome.kept) ] })
      end

      def growth(comparison)
        judged, untold = comparison.kinds.partition(&:judged?)
        parts = [ "### #{comparison.mix.name}\n\n#{summary(comparison)}\n", table(GROWTH, judged.map { |kind| judged_row(kind) }) ]
        parts << "Without a truth:\n" << table(UNTOLD, untold.map { |kind| untold_row(kind) }) if untold.any?
        parts.join("\n")
      end

      def summary(comparison)
        format("%d requests in %.1f s, %d of them beside others; the process had %d MB at most.",
          comparison.answers.size, comparison.seconds, comparison.overlapping, comparison.peak)
      end

      def judged_row(kind)
        count = kind.unknown.zero? ? kind.count : "#{kind.count} (#{kind.unknown} untold)"
        [ kind.label, count, megabytes(kind.truth), *verdict(kind.ours), *verdict(kind.process_wide) ]
      end

      def verdict(verdict)
        [ spread(verdict), format("%.1f %%", verdict.close * 100), "#{verdict.right} / #{verdict.missed} / #{verdict.false}" ]
      end

      def untold_row(kind) = [ kind.label, kind.count, spread(kind.figures), kind.warnings ]

      def objects(comparison)
        [ comparison.mix.name, comparison.objects_scopes.join(", "),
          counts(comparison.objects), share(comparison.objects_close),
          counts(comparison.process_wide_objects), share(comparison.process_wide_objects_close),
          comparison.beyond_the_workload.join(" – ") ]
      end

      def spread(figures) = [ figures.median, figures.p95, figures.max ].map { |figure| megabytes(figure) }.join(" / ")
      def megabytes(figure) = figure ? format("%.2f", figure) : "–"
      def counts(figures) = figures.to_a.join(" / ")
      def share(part) = format("%.1f %%", part * 100)

      def table(head, rows)
        lines = [ head, head.each_index.map { |index| index.zero? ? "---" : "---:" }, *rows ]
        "#{lines.map { |cells| "| #{cells.join(" | ")} |" }.join("\n")}\n"
      end
  end
end
