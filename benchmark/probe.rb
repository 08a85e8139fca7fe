# frozen_string_literal: true

require_relative "own_extension"

module Bench
  # What the benchmarks need of C: the four system calls that are the floor of a truthful measurement,
  # and caches in which nothing of ours is left.
  module Probe
    # @return [void]
    def self.load = OwnExtension.new(File.expand_path("probe", __dir__)).load
  end
end
