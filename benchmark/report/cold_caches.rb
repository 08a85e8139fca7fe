# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # What each variant adds to a request between two of which so many MiB are written.
    class ColdCaches < Table
      PART = "request_path"

      def to_s
        steps = variants.first["cold"].keys
        rows = variants.sort_by { |variant| variant["cold"][steps.last] }.map do |variant|
          [ variant["name"], *variant["cold"].values_at(*steps).map { |us| figure(us) } ]
        end
        "#{table([ "µs added, with between two requests", *steps.map { |step| "#{step} MiB" } ], rows)}\n#{circumstances(@machine)}\n"
      end

      private
        def variants = @results["variants"]
    end
  end
end
