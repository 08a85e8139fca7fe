# frozen_string_literal: true

# What the middleware adds to a request, beside what others add to the same one: microseconds of the
# thread's CPU and Ruby objects, with hot caches and with cold ones.
#
#   bin/benchmark request_path
#   bin/matrix 3.3 -- bin/benchmark request_path     on another Ruby, into a file of its own

require_relative "child"
require_relative "request_path/variants"
require_relative "result_file"
require_relative "spread"

module Bench
  # Each group of variants in processes of its own, one group after the other and all of them again: where
  # in memory a process happens to lie makes a difference, and a slow minute should hit everybody.
  module RequestPath
    PROCESSES = ResultFile.quick? ? 1 : 3
    ROUNDS = ResultFile.quick? ? 20 : 80
    FOLDER = File.expand_path("request_path", __dir__)

    module_function

    def measure
      hot = Array.new(PROCESSES) { groups("hot") }
      cold = groups("cold")
      variants = names.map { |key, name| { "key" => key, "name" => name, **figures(hot, key), "cold" => cold.fetch(key) } }
      { "processes" => PROCESSES, "rounds" => ROUNDS, "variants" => variants, "ratios" => ratios(hot),
        "allocation_ns" => %w[ ours scout_apm ].to_h { |library| [ library, allocation(library) ] } }
    end

    def allocation(library) = Child.json("#{FOLDER}/allocation_cost.rb", library, ROUNDS)

    def groups(temperature)
      Variants::GROUPS.map { |group| Child.json("#{FOLDER}/group.rb", group, ROUNDS, temperature) }.reduce(:merge)
    end

    # The median of the processes.
    def figures(hot, key)
      %w[ first_decile median objects ].to_h { |figure| [ figure, Spread.median(hot.map { |process| process.dig(key, figure) }) ] }
    end

    # Of what is measured in one process only.
    def ratios(hot)
      %w[ rack_runtime floor calls ].to_h do |base|
        [ base, Variants::MEASURED_BESIDE_RUNTIME.to_h { |key|
          [ key, Spread.median(hot.map { |process| process.dig(key, "first_decile") / process.dig(base, "first_decile") }) ]
        } ]
      end
    end

    def names = Variants::NAMES
  end
end

machine = Bench::Machine.to_h
puts Bench::ResultFile.write("request_path", machine, Bench::RequestPath.measure)
