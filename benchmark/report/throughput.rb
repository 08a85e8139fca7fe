# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # The Rails application with and without.
    class Throughput < Table
      PART = "throughput"
      HEAD = [ "", "without", "with", "median of the rounds' ratios" ].freeze
      FIGURES = { "requests_per_second" => "requests a second", "p50_ms" => "p50, ms", "p99_ms" => "p99, ms",
                  "cpu_us" => "CPU per request, µs" }.freeze

      def to_s
        <<~MARKDOWN
          #{table(HEAD, [ *cluster, memory ])}
          A page out of SQLite on Puma with #{@results["workers"]} workers of #{@results["threads"]} threads, wrk with #{@results["connections"]} \
          connections, #{@results["rounds"]} × #{@results["seconds"]} s each in turn.
          Differences of a few percent are this machine's noise. Request by request, in one process and #{whole(action["pairs"])} pairs, the action
          takes #{figure(action["action"])} µs; the tracker adds #{figure(action["added"])} µs to its thread (#{share(action["added"])}) and \
          #{figure(action["writer"])} µs on the writer's: #{share(action["added"] + action["writer"])} of CPU in all.
          #{circumstances(@machine)}
        MARKDOWN
      end

      private
        def action = @results["in_process"]
        def share(us) = percent(us / action["action"], 2)

        def cluster
          FIGURES.map do |key, name|
            without, with = %w[ without with ].map { |which| figure(@results.dig("cluster", which, key)) }
            [ name, without, with, percent_more(@results.dig("ratios", key)) ]
          end
        end

        def memory
          without, with = %w[ without with ].map { |which| @results.dig("cluster", which, "rss_mb") }
          [ "RSS of a worker, MB", figure(without), figure(with), format("%+.1f MB", with - without) ]
        end
    end
  end
end
