# frozen_string_literal: true

# What it takes to have the tracker: time and memory of a start, and of an installation.
#
#   bin/benchmark start_and_install

require "etc"
require_relative "child"
require_relative "result_file"
require_relative "spread"
require_relative "start_and_install/installation"

module Bench
  module StartAndInstall
    STARTS = ResultFile.quick? ? 3 : 21
    REQUESTS = ResultFile.quick? ? [ 1_000, 20_000 ] : [ 1_000, 100_000, 1_000_000 ]
    FOLDER = File.expand_path("start_and_install", __dir__)

    module_function

    def measure
      starts = Array.new(STARTS) { Child.json("#{FOLDER}/boot.rb") }
      { "boot" => starts.first.keys.to_h { |figure| [ figure, Spread.median(starts.map { |start| start.fetch(figure) }) ] },
        "starts" => STARTS, "memory_mb" => Child.json("#{FOLDER}/own_memory.rb", *REQUESTS),
        "install" => [ 1, Etc.nprocessors ].uniq.map { |jobs| Installation.new(jobs).measure } }
    end
  end
end

machine = Bench::Machine.to_h
puts Bench::ResultFile.write("start_and_install", machine, Bench::StartAndInstall.measure)
