# frozen_string_literal: true

require_relative "gate"
require_relative "run"
require_relative "workloads"

module Retention
  # After how many requests the default budget names a leak of five objects in one request of a hundred.
  class Naming
    def initialize(options)
      @seeds, @pace, @requests = options.values_at(:seeds, :pace, :requests)
    end

    def outcome
      workload = Workloads.named(@requests, @pace)
      runs = @seeds.map do |seed|
        run = Run.new(workload, seed).outcome(Gate.new(1))
        leak = run[:endpoints].find { |finding| finding[:truth] == "leaking" }
        warn "seed #{seed}: #{leak}"
        others = run[:endpoints].count { |finding| finding[:blamed] }
        { seed: seed, requests: run[:requests], sampling: run[:sampling], others: others }.merge(leak)
      end
      { pace: @pace, runs: runs }
    end
  end
end
