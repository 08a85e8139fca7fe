# frozen_string_literal: true

# How well the tracker tells whose memory and whose objects it was, among threads: a workload of which
# every byte and object is known, through a real Puma, beside what a process-wide difference says.
#
#   bundle exec ruby benchmark/attribution.rb [effort]
#
# Takes two minutes and 2 GB at effort 1; 0.1 is for a first look. Writes benchmark/results/attribution.md
# and attribution.json, with effort 1 only. Other Rubies: bin/matrix 3.3 -- bundle exec ruby benchmark/attribution.rb

require_relative "attribution/object_oracle"
require_relative "attribution/workload"
require_relative "attribution/measurement"
require_relative "attribution/comparison"
require_relative "attribution/thread_switch"
require_relative "attribution/targets"
require_relative "attribution/results"

effort = Float(ARGV.fetch(0, 1.0))
# Once, before the servers want it all at the same time.
Attribution::ObjectOracle::EXTENSION.build
mixes = Attribution::Mix.all(effort)
comparisons = mixes.each.with_index(1).map do |mix, number|
  warn "#{number}/#{mixes.size} #{mix.name}"
  Attribution::Comparison.new(Attribution::Measurement.new(mix).run)
end
switch = Attribution::ThreadSwitch.new.measure if Attribution::ThreadSwitch.hooked?
results = Attribution::Results.new(comparisons, switch, Attribution::Targets.new(comparisons, switch).outcomes)
puts results
warn "\nWritten to #{results.write}" if effort == 1.0
