# frozen_string_literal: true

# Whether a request's cost grows with what the application is: its heap, its memory, its threads and its
# paths. Ours beside the plain Ruby tracker.
#
#   bin/benchmark cost_growth

require_relative "child"
require_relative "cost_growth/dimensions"
require_relative "result_file"

machine = Bench::Machine.to_h
measured = Bench::CostGrowth::DIMENSIONS.keys.to_h do |name|
  [ name, Bench::Child.json(File.expand_path("cost_growth/dimension.rb", __dir__), name) ]
end
puts Bench::ResultFile.write("cost_growth", machine, measured)
