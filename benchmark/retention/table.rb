# frozen_string_literal: true

require_relative "totals"
require_relative "workloads"

module Retention
  # The results as Markdown.
  class Table
    HEAD = [ "workload", "endpoint", "truth", "verdicts", "objects kept: truth", "said, mean [95 %]", "line right" ].freeze

    def initialize(parts)
      @parts = parts
      @totals = Totals.new(parts.fetch("runs"))
    end

    def to_s
      <<~MARKDOWN
        # What requests keep

        Written by `bundle exec ruby benchmark/retention.rb`. #{circumstances}.

        #{table([ "", "found", "of", "" ], @totals.rows)}
        Each workload on a server of its own (Rails on Puma, five threads), once with each seed. Objects kept are counted beforehand, by
        Ruby's count of all objects before and after #{CALLS} calls without a tracker. The pages that are the rest of the traffic keep
        nothing; they have no rows, but are in the totals.

        #{table(HEAD, rows)}#{named}#{cost}
      MARKDOWN
    end

    CALLS = 300
    private_constant :CALLS

    private
      def circumstances
        of = @parts.fetch("circumstances")
        builds = @parts["runs"].map { |run| run["build"] }.uniq.size
        "Ruby #{of["ruby"][/\d\S+/]}, Rails #{of["rails"]}, Puma #{of["puma"]}, Linux #{of["kernel"][/\A\d+\.\d+/]}, " \
          "#{of["processors"]} processors, #{of["time"][/\A[^T]+/]}#{", of #{builds} builds of the extension" if builds > 1}"
      end

      def rows
        @parts["runs"].group_by { |run| run["workload"] }.sort_by { |name, _| position(name) }.flat_map do |name, runs|
          endpoints = runs.sort_by { |run| run["seed"] }.flat_map { |run| run["endpoints"] }.group_by { |endpoint| endpoint["endpoint"] }
          judged = endpoints.reject { |endpoint, _| endpoint.start_with?("PagesController") }
          judged = { "all" => endpoints.values.flatten } if judged.empty?
          judged.map { |endpoint, findings| row(name, endpoint, findings) }
        end
      end

      def position(name) = Workloads.all.index { |workload| workload.name == name } || Workloads.all.size

      def row(workload, endpoint, findings)
        lines = findings.filter_map { |finding| finding["line_right"] unless finding["line_right"].nil? }
        [ workload, endpoint, findings.first["truth"], verdicts(findings), findings.filter_map { |each|
 each["kept_truth"] }.uniq.join(", "),
          kept(findings), lines.empty? ? "" : "#{lines.count(true)} of #{lines.size}" ]
      end

      # Wrong ones in bold.
      def verdicts(findings)
        findings.group_by { |finding| [ finding["verdict"], finding["right"] ] }.map do |(verdict, right), alike|
          said = alike.size == 1 ? verdict : "#{alike.size} × #{verdict}"
          right == false ? "**#{said}**" : said
        end.join(", ")
      end

      def kept(findings)
        return "" if findings.size > 5

        findings.filter_map { |finding|
 finding["kept"] && format("%.2f [%.2f, %.2f]", *finding["kept"].values_at("mean", "low", "high")) }.join("<br>")
      end

      def named
        return unless (named = @parts["named"])

        "\nA leak of 5 objects in 1 % of the traffic, default budget, #{named["pace"]} requests a second: named after " \
          "#{named["runs"].map { |run| run["named_after"] || "more than #{run["requests"]}" }.join(", ")} requests.\n"
      end

      def cost
        return unless (cost = @parts["cost"])

        format("\nCPU a request at the default budget, as a ratio to that with `retention: false`: %.4f " \
          "(median of %d rounds; 95 %% %.4f to %.4f); `false` beside another `false`: %.4f (%.4f to %.4f). " \
          "By its own account sampling took %.2f %% of the CPU, and %.3f %% of the time.\n",
          cost["budget"]["median"], cost["rounds"], *cost["budget"].values_at("low", "high"),
          *cost["same"].values_at("median", "low", "high"), cost["accounted"] * 100, cost["sampling"]["share"] * 100)
      end

      def table(head, rows)
        lines = [ head, head.map { "---" }, *rows ]
        "#{lines.map { |cells| "| #{cells.join(" | ")} |" }.join("\n")}\n"
      end
  end
end
