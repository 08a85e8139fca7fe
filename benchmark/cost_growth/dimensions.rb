# frozen_string_literal: true

require_relative "../driver"
require_relative "../result_file"

module Bench
  module CostGrowth
    # An application that becomes larger in one respect. Its size is what was truly there, not what was
    # asked for.
    class Dimension
      PARTS = [ "hello" ].freeze

      attr_reader :template, :size

      def initialize
        @template = Driver::TEMPLATE
      end

      def answer(_env) = [ 200, { "content-type" => "text/plain" }, PARTS ]
      def counts_objects? = false
    end

    # Live objects of the Ruby heap.
    class Heap < Dimension
      OLD_AFTER_COLLECTIONS = 4

      def steps = ResultFile.quick? ? [ 10_000, 100_000, 1_000_000 ] : [ 10_000, 100_000, 1_000_000, 10_000_000 ]
      def counts_objects? = true

      def prepare(step, _apps)
        (@kept ||= []) << Array.new(step - @kept.sum(&:size)) { Object.new }
        OLD_AFTER_COLLECTIONS.times { GC.start }
        @size = GC.stat(:heap_live_slots)
      end
    end

    # MB that are resident.
    class Resident < Dimension
      MEGABYTE = 1 << 20
      PIECE_MEGABYTES = 10

      def steps = ResultFile.quick? ? [ 50, 200, 1_000 ] : [ 50, 200, 1_000, 4_000 ]

      def prepare(step, _apps)
        @kept ||= []
        @kept << ("x" * (PIECE_MEGABYTES * MEGABYTE)) while resident < step
        @size = resident
      end

      private
        def resident = File.read("/proc/self/status")[/^VmRSS:\s+(\d+)/, 1].to_i / 1024
    end

    # Requests in flight, the one that is measured among them: each of the others waits in its thread, in
    # the middle of the application.
    class Threads < Dimension
      WAITING_PATH = "/wait"

      def initialize
        super
        @waiting = Queue.new
        @never = Queue.new
        @threads = []
      end

      def steps = [ 1, 4, 16, 64 ]

      def answer(env)
        if env["PATH_INFO"] == WAITING_PATH
          @waiting << true
          @never.pop
        end
        super
      end

      def prepare(step, apps)
        apps.each { |app| (step - (@size || 1)).times { wait_in(app) } }
        @size = step
      end

      private
        def wait_in(app)
          driver = Driver.new(app, template: template.merge("PATH_INFO" => WAITING_PATH))
          @threads << Thread.new { driver.serve(driver.environments(1)) }
          @waiting.pop
        end
    end

    # Bytes of the path.
    class Path < Dimension
      def steps = [ 10, 100, 1_000, 8_000 ]

      def prepare(step, _apps)
        path = "/orders/1/#{"x" * step}"[0, step]
        @template = Driver::TEMPLATE.merge("PATH_INFO" => path, "REQUEST_PATH" => path, "REQUEST_URI" => "#{path}?page=2")
        @size = path.bytesize
      end
    end

    DIMENSIONS = { "heap" => Heap, "resident" => Resident, "threads" => Threads, "path" => Path }.freeze
  end
end
