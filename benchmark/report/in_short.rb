# frozen_string_literal: true

require_relative "start_and_install"
require_relative "writer"

module Bench
  class Report
    # The writer, the start and the installation in three sentences.
    class InShort < Table
      def self.of(folder)
        writer, start = [ Writer, StartAndInstall ].map { |table| ResultFile.read(table::PART, folder)&.fetch("results") }
        new(writer, start) if writer && start
      end

      def initialize(writer, start)
        @line, @lag, @held_up = writer.values_at("line", "lag", "backpressure")
        @boot, @memory, @install = start.values_at("boot", "memory_mb", "install")
      end

      def to_s
        <<~MARKDOWN
          The writer takes #{figure(@line["us"])} µs of CPU for a line of #{whole(@line["bytes"])} bytes, which is in the log after #{figure(@lag["median_ms"])} ms (median).
          Into a pipe that takes 1 MB a second it wrote #{whole(@held_up["written"])} of #{whole(@held_up["requests"])} lines and counted the other #{whole(@held_up["dropped"])};
          a request took #{figure(@held_up["us_held_up"])} µs of its thread then, #{figure(@held_up["us_free"])} µs with a free sink.
          Loading it and serving with it take #{memory}, and a start #{figure(@boot["wall_ms"])} ms longer.
          `gem install` takes #{whole(@install.first["cpu_seconds"])} s of CPU to compile and #{whole(@install.first["peak_mb"])} MB at its peak.
        MARKDOWN
      end

      private
        def memory
          steps = @memory.drop(1).map { |requests, megabytes| "#{figure(megabytes)} MB after #{whole(requests.to_i)}" }
          "#{steps[..-2].join(", ")} and #{steps.last} requests"
        end
    end
  end
end
