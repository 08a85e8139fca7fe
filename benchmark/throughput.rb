# frozen_string_literal: true

# A small real Rails application with the tracker and without: on a Puma cluster under wrk in alternating
# rounds, and request by request in one process, where small differences can be told.
#
#   bin/benchmark throughput

require "tmpdir"
require_relative "child"
require_relative "result_file"
require_relative "spread"
require_relative "throughput/cluster"

module Bench
  # Both clusters are up all the time, and the one that has no turn is idle.
  module Throughput
    ROUNDS = ResultFile.quick? ? 2 : 24
    SECONDS = ResultFile.quick? ? 2 : 4
    WARM_UP_SECONDS = 2
    PAIRS = ResultFile.quick? ? 400 : 10_000

    module_function

    def measure(folder)
      clusters = {}
      clusters["without"] = Cluster.new(File.join(folder, "without"), tracked: false)
      clusters["with"] = Cluster.new(File.join(folder, "with"), tracked: true)
      rounds = run(clusters)
      memory = clusters.transform_values(&:rss)
      { "workers" => Cluster::WORKERS, "threads" => Cluster::THREADS, "connections" => Cluster::CONNECTIONS,
        "rounds" => ROUNDS, "seconds" => SECONDS, "ratios" => ratios(rounds),
        "cluster" => rounds.to_h { |name, found| [ name, Spread.medians(found).merge("rss_mb" => memory[name]) ] } }
    ensure
      clusters.each_value(&:stop)
    end

    def run(clusters)
      clusters.each_value { |cluster| cluster.round(WARM_UP_SECONDS) }
      rounds = clusters.transform_values { [] }
      ROUNDS.times do |number|
        clusters.to_a.rotate(number).each { |name, cluster| rounds.fetch(name) << cluster.round(SECONDS) }
      end
      rounds
    end

    # With by without, round by round: what the machine does meanwhile hits both.
    def ratios(rounds)
      rounds.fetch("without").first.keys.to_h do |figure|
        pairs = rounds.fetch("without").zip(rounds.fetch("with"))
        [ figure, Spread.median(pairs.map { |without, with| with.fetch(figure) / without.fetch(figure) }) ]
      end
    end
  end
end

machine = Bench::Machine.to_h
in_process = Bench::Child.json(File.expand_path("throughput/in_process.rb", __dir__), Bench::Throughput::PAIRS)
Dir.mktmpdir do |folder|
  puts Bench::ResultFile.write("throughput", machine, { "in_process" => in_process, **Bench::Throughput.measure(folder) })
end
