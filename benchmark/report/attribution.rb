# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # How right the attribution is, mix by mix, on each Ruby it was measured on, beside what a difference of
    # the process's RSS says.
    class Attribution < Table
      HEAVY_THREADS = 5
      NOTHING = "keeps nothing"
      KEEPS = /\Akeeps \d/
      BYSTANDERS = /\Abystanders/
      # What is told of by its outcome.
      OUTCOMES = { /\A16 threads: the objects/ => "16 threads: each request's objects, against an oracle's",
                   /\Aa GVL switch/ => "a switch of the GVL" }.freeze
      UNKNOWN = "–"

      # Each Ruby but the reference one has a file of its own.
      def self.of(folder)
        results = ResultFile.parts(folder).grep(/\Aattribution/).map { |part| ResultFile.read(part, folder) }
        new(results) if results.any?
      end

      def initialize(results)
        @results = results
      end

      def to_s = table(head, [ bystanders, *heavy, *outcomes ])

      private
        def reference = @results.first

        def head
          [ "mix", *@results.map { |result| "this gem, Ruby #{ruby(result)}" }, "a difference of the process's RSS, #{ruby(reference)}" ]
        end


        # The same figure of each Ruby, and of the process-wide difference on the first of them.
        def row(name, &figure) = [ name, *@results.map { |result| figure.call(result, "ours") }, figure.call(reference, "process_wide") ]

        def bystanders
          count = idle(reference).sum { |kind| kind["requests"] }
          row("#{whole(count)} requests that keep nothing, beside heavy ones") do |result, whose|
            "#{whole(idle(result).sum { |kind| kind.dig(whose, "false") })} warned"
          end
        end

        def idle(result)
          result["mixes"].select { |mix| mix["name"].match?(BYSTANDERS) }
            .flat_map { |mix| mix["kinds"].select { |kind| kind["kind"] == NOTHING } }
        end

        def heavy
          mixes = reference["mixes"].select { |mix| mix["threads"] == HEAVY_THREADS && !mix["name"].match?(BYSTANDERS) }
          mixes.map { |mix| mix["name"] }.map do |name|
            row("#{name}: growth within 5 % + 0.5 MB / warnings missed") do |result, whose|
              mix = result["mixes"].find { |each| each["name"] == name }
              rightness(mix["kinds"].select { |kind| kind["kind"].match?(KEEPS) }, whose)
            end
          end
        end

        def rightness(kinds, whose)
          close = kinds.sum { |kind| kind.dig(whose, "close") * kind["requests"] } / kinds.sum { |kind| kind["requests"] }
          "#{percent(close)} / #{kinds.sum { |kind| kind.dig(whose, "missed") }}"
        end

        def outcomes
          OUTCOMES.map do |promise, name|
            row(name) { |result, whose| whose == "ours" ? outcome(result, promise) : UNKNOWN }
          end
        end

        # nil: what that Ruby has no means for.
        def outcome(result, promise)
          found = result["targets"].find { |target| target["promise"].match?(promise) }
          found.nil? || found["kept"].nil? ? UNKNOWN : found["found"]
        end
    end
  end
end
