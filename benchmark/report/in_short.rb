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
          The writer takes #{figure(@line["us"])} µs of CPU for a line of #{whole(@line["bytes"])} bytes, which is in the log after #{figure(@lag["median_ms"])} ms;
          into a pipe that takes 1 MB a second it wrote #{whole(@held_up["written"])} of #{whole(@held_up["requests"])} lines, counted the others, and no request waited.
          The tracker adds #{figure(@memory.values.last)} MB to a process, the same after #{whole(@memory.keys[1].to_i)} and after #{whole(@memory.keys.last.to_i)} requests, and #{figure(@boot["wall_ms"])} ms to its start.
          `gem install` compiles for #{whole(@install.first["seconds"])} s and takes #{whole(@install.first["peak_mb"])} MB at its peak.
        MARKDOWN
      end
    end
  end
end
