# frozen_string_literal: true

# Whether what the tracker says about leaks is so: workloads whose every kept object is known, through a real
# Puma with Rails.
#
#   bundle exec ruby benchmark/retention.rb [options] [workload ...]
#
# All of it takes about half an hour, mostly in rests between two bursts of requests. Writes benchmark/results/retention.json
# and retention.md after each run, and does not repeat a run that is there.

require "optparse"
require_relative "retention/gate"
require_relative "retention/results"
require_relative "retention/run"
require_relative "retention/workloads"

options = { seeds: [ 1, 2, 3 ], parallel: 2, lanes: 8, pace: 300, requests: 50_000, rounds: 60, results: Retention::Results::FOLDER }
OptionParser.new do |parser|
  parser.banner = "Usage: benchmark/retention.rb [options] [workload ...]"
  parser.on("--seeds 1,2,3", Array, "of the traffic's order") { |seeds| options[:seeds] = seeds.map { |seed| Integer(seed) } }
  parser.on("--fresh", "repeat runs that are there") { options[:fresh] = true }
  parser.on("--list", "the workloads") { options[:list] = true }
  parser.on("--parallel COUNT", Integer, "runs that work at the same time (#{options[:parallel]})")
  parser.on("--lanes COUNT", Integer, "runs under way, resting ones included (#{options[:lanes]})")
  parser.on("--named", "after how many requests a small leak in 1 % of the traffic is named")
  parser.on("--pace RATE", Integer, "requests a second of --named (#{options[:pace]})")
  parser.on("--requests COUNT", Integer, "requests of --named (#{options[:requests]})")
  parser.on("--cost", "CPU a request at the default budget beside none")
  parser.on("--rounds COUNT", Integer, "rounds of --cost (#{options[:rounds]})")
  parser.on("--results FOLDER", "instead of benchmark/results")
end.parse!(into: options)

workloads = ARGV.empty? ? Retention::Workloads.all : ARGV.map { |name| Retention::Workloads.fetch(name) }
results = Retention::Results.new(options[:results])

if options[:list]
  puts workloads.map(&:name)
elsif options[:named]
  require_relative "retention/naming"
  results.add_part("named", Retention::Naming.new(options).outcome)
elsif options[:cost]
  require_relative "retention/cost"
  results.add_part("cost", Retention::Cost.new(options).outcome)
else
  require_relative "retention/lanes"
  runs = options[:seeds].product(workloads).map { |seed, workload| Retention::Run.new(workload, seed) }
  runs.reject! { |run| results.include?(run.workload, run.seed) } unless options[:fresh]
  failed = Retention::Lanes.new(options[:lanes], Retention::Gate.new(options[:parallel])).work_on(runs) { |outcome| results.add(outcome) }
end

puts results unless options[:list]
exit 1 if failed&.positive?
