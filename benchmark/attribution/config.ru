# frozen_string_literal: true

# What the server of benchmark/attribution.rb runs; everything comes from there by the environment.

require "memory_tracker"
require_relative "workload"

use MemoryTracker::Middleware, threshold: Float(ENV.fetch("ATTRIBUTION_THRESHOLD")), log_file: ENV.fetch("ATTRIBUTION_LOG")
run Attribution::Workload.new(Attribution::Pauses.new(Integer(ENV.fetch("ATTRIBUTION_NEIGHBOUR"))), Attribution::ObjectOracle.load)
