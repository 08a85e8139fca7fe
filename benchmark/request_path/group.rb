# frozen_string_literal: true

# Measures the variants that share a process and prints what it found: group.rb GROUP ROUNDS hot|cold

require "json"
require "tmpdir"
require_relative "../interleaved"
require_relative "../result_file"
require_relative "../spread"
require_relative "variants"

module Bench
  module RequestPath
    # The figures of one process.
    class Group
      MEGABYTE = 1 << 20
      HOT_REQUESTS = 200
      # A count of all objects takes long enough to be read by few.
      COUNTING_REQUESTS = 20
      COLD_REQUESTS = 20
      PATIENCE_SECONDS = ResultFile.quick? ? 1 : 30
      TOUCHED_MEGABYTES = [ 0, 1, 4, 32 ].freeze

      def initialize(group, rounds, folder)
        @group = group
        @rounds = rounds
        @variants = Variants.new(group, folder)
      end

      # @return [Hash{String => Hash}] by key: what a variant adds to the bare application
      def hot
        interleaved = interleaved(@group == "counting" ? COUNTING_REQUESTS : HOT_REQUESTS)
        times = interleaved.microseconds
        objects = interleaved.objects
        each_added do |key, baseline|
          { "first_decile" => difference(times, key, baseline) { |values| Spread.first_decile(values) },
            "median" => difference(times, key, baseline) { |values| Spread.median(values) },
            "objects" => objects.fetch(key) - objects.fetch(baseline) }
        end
      end

      # @return [Hash{String => Hash}] by key, by MB that were written before each request: microseconds added
      def cold
        Probe.load
        added = Hash.new { |hash, key| hash[key] = {} }
        TOUCHED_MEGABYTES.each do |megabytes|
          times = interleaved(COLD_REQUESTS, touched: megabytes * MEGABYTE).microseconds
          each_added do |key, baseline|
            added[key][megabytes.to_s] = difference(times, key, baseline) { |values| Spread.first_decile(values) }
          end
        end
        added
      end

      def stop = @variants.stop.call

      private
        def interleaved(requests, touched: nil)
          Interleaved.new(@variants.variants.to_h { |variant| [ variant.key, variant.driver ] },
            rounds: @rounds, requests: requests, settle: @variants.settle, touched: touched, patience: PATIENCE_SECONDS)
        end

        def each_added
          @variants.variants.select(&:baseline).to_h { |variant| [ variant.key, yield(variant.key, variant.baseline) ] }
        end

        def difference(times, key, baseline) = yield(times.fetch(key)) - yield(times.fetch(baseline))
    end
  end
end

group, rounds, temperature = ARGV
Dir.mktmpdir do |folder|
  measured = Bench::RequestPath::Group.new(group, Integer(rounds), folder)
  puts JSON.generate(temperature == "cold" ? measured.cold : measured.hot)
  measured.stop
end
