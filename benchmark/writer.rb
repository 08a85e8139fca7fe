# frozen_string_literal: true

# What the writer's thread takes for a line, how soon a line is in the log, and what becomes of requests and
# lines when nobody takes them fast enough.
#
#   bin/benchmark writer

require "memory_tracker"
require "tmpdir"
require_relative "result_file"
require_relative "writer/backpressure"
require_relative "writer/lag"
require_relative "writer/line_cost"

machine = Bench::Machine.to_h
Dir.mktmpdir do |folder|
  puts Bench::ResultFile.write("writer", machine, {
    "line" => Bench::Writer::LineCost.new(folder).measure,
    "lag" => Bench::Writer::Lag.new(folder).measure,
    "backpressure" => Bench::Writer::Backpressure.new.measure
  })
end
