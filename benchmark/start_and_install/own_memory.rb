# frozen_string_literal: true

# How many MB the process grows by from loading the tracker, and then after so many requests with it:
# own_memory.rb REQUESTS...

require "etc"
require "fiddle"
require "json"
require "rack"
require_relative "../driver"

module Bench
  # Everything is served without the tracker first, so that only what the tracker takes is growth.
  class OwnMemory
    # Few at a time: what is measured must not drown in the garbage of the benchmark itself.
    BATCH = 20
    MALLOC_TRIM = Fiddle::Function.new(Fiddle.dlopen(nil)["malloc_trim"], [ Fiddle::TYPE_SIZE_T ], Fiddle::TYPE_INT)
    PARTS = [ "hello" ].freeze

    def initialize(steps)
      @app = ->(_env) { [ 200, { "content-type" => "text/plain" }, PARTS ] }
      @steps = steps
    end

    # @return [Hash{String => Float}] MB, by the requests served by then; 0 is the loading alone
    def measure
      # Where the tracker lives, the heap has room for a few more classes without growing first.
      require "action_controller/railtie"
      ActionController::Base.name
      serve(Driver.new(@app), @steps.last)
      @before = resident
      require "memory_tracker"
      { "0" => growth }.merge(growth_while_serving)
    ensure
      MemoryTracker.stop
    end

    private
      def growth_while_serving
        driver = Driver.new(MemoryTracker::Middleware.new(@app, log_file: File::NULL))
        served = 0
        @steps.to_h do |requests|
          serve(driver, requests - served) { MemoryTracker.flush }
          served = requests
          [ requests.to_s, growth ]
        end
      end

      def serve(driver, requests)
        (requests / BATCH).times do
          driver.serve(driver.environments(BATCH))
          yield if block_given?
        end
      end

      def growth = resident - @before

      # Free memory that malloc gives back now and then would be noise of some MB.
      def resident
        GC.start
        MALLOC_TRIM.call(0)
        File.read("/proc/self/statm").split[1].to_i * Etc.sysconf(Etc::SC_PAGESIZE) / 1_048_576.0
      end
  end
end

puts JSON.generate(Bench::OwnMemory.new(ARGV.map { |requests| Integer(requests) }).measure)
