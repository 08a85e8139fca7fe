# frozen_string_literal: true

require_relative "table"

module Bench
  class Report
    # What it takes to have the tracker.
    class StartAndInstall < Table
      PART = "start_and_install"

      def to_s
        "#{table([ "to start and to install", "" ], [ boot, *memory, *install ])}\n#{circumstances(@machine)}\n"
      end

      private
        def boot
          found = @results["boot"]
          [ "boot time, first request included (CPU)", "#{figure(found["wall_ms"])} ms (#{figure(found["cpu_ms"])} ms)" ]
        end

        def memory
          @results["memory_mb"].map do |requests, megabytes|
            [ requests == "0" ? "memory, loaded" : "memory after #{whole(requests.to_i)} requests", "#{figure(megabytes)} MB" ]
          end
        end

        def install
          @results["install"].map do |found|
            [ "`gem install`, dependencies there, make -j#{found["jobs"]}: time / CPU / peak of all its processes",
              "#{whole(found["seconds"])} s / #{whole(found["cpu_seconds"])} s / #{whole(found["peak_mb"])} MB" ]
          end
        end
    end
  end
end
