# frozen_string_literal: true

require "json"
require_relative "../../test/support/child_process"
require_relative "../../test/support/process_figures"
require_relative "../../test/support/puma_server"
require_relative "pieces"

module Attribution
  # A real Puma with the workload, and the log of its tracker.
  class Server < PumaServer
    THRESHOLD_MEGABYTES = 5
    END_SECONDS = 20
    # Named at all, malloc's limits stay where they are: see Pieces::Large.
    MALLOC = { "MALLOC_MMAP_THRESHOLD_" => (128 * 1024).to_s }.freeze
    RACKUP = File.expand_path("config.ru", __dir__)

    def initialize(folder, threads:, neighbour_port:)
      @log = File.join(folder, "memory_tracker.log")
      super(RACKUP, threads: threads, chdir: folder, env: environment(neighbour_port))
    end

    # MB that the process had at most.
    def peak = ProcessFigures.new(pid).peak.to_i

    # All of them are there once it has stopped.
    # @return [Array<Hash>] what the tracker wrote
    def lines = File.readlines(@log).map { |line| JSON.parse(line) }

    private
      def environment(neighbour_port)
        MALLOC.merge("RUBYLIB" => ChildProcess::RUBYLIB, "ATTRIBUTION_LOG" => @log,
          "ATTRIBUTION_THRESHOLD" => THRESHOLD_MEGABYTES.to_s, "ATTRIBUTION_NEIGHBOUR" => neighbour_port.to_s)
      end
  end
end
