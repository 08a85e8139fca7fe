# frozen_string_literal: true

# Measures one dimension in a process of its own and prints what it found: dimension.rb NAME

require "json"
require "memory_tracker"
require "tmpdir"
require_relative "../interleaved"
require_relative "../plain_ruby_tracker"
require_relative "../result_file"
require_relative "../spread"
require_relative "dimensions"

module Bench
  module CostGrowth
    # The cost of a request at each step of a dimension, smallest step first.
    class Measurement
      ROUNDS = ResultFile.quick? ? 10 : 80
      REQUESTS = 100
      PATIENCE_SECONDS = ResultFile.quick? ? 1 : 30
      # A count of ten million objects takes long enough to be read by few.
      COUNTING_ROUNDS = ResultFile.quick? ? 3 : 20
      COUNTING_REQUESTS = 2

      def initialize(dimension, folder)
        @dimension = dimension
        application = dimension.method(:answer)
        @bare = application
        @apps = {
          "memory_tracker" => MemoryTracker::Middleware.new(application, log_file: File.join(folder, "tracker.log")),
          "plain_ruby" => PlainRubyTracker.new(application, File.join(folder, "plain.log"))
        }
        @counting = PlainRubyTracker.new(application, File.join(folder, "counting.log"), count_objects: true)
      end

      # @return [Array<Hash>] the step in the dimension's own unit, and microseconds that each tracker adds
      def run
        @dimension.steps.map do |step|
          @dimension.prepare(step, @apps.values)
          added = added(@apps, ROUNDS, REQUESTS)
          added.merge!(added({ "plain_ruby_counting" => @counting }, COUNTING_ROUNDS, COUNTING_REQUESTS)) if @dimension.counts_objects?
          { "step" => step, "size" => @dimension.size, "us" => added }
        end
      end

      private
        def added(apps, rounds, requests)
          drivers = { "bare" => @bare, **apps }.transform_values { |app| Driver.new(app, template: @dimension.template) }
          times = Interleaved.new(drivers, rounds: rounds, requests: requests, settle: -> { MemoryTracker.flush },
            patience: PATIENCE_SECONDS).microseconds
          deciles = times.transform_values { |values| Spread.first_decile(values) }
          apps.keys.to_h { |name| [ name, deciles.fetch(name) - deciles.fetch("bare") ] }
        end
    end
  end
end

Dir.mktmpdir do |folder|
  dimension = Bench::CostGrowth::DIMENSIONS.fetch(ARGV.fetch(0)).new
  puts JSON.generate(Bench::CostGrowth::Measurement.new(dimension, folder).run)
  MemoryTracker.stop
end
