# frozen_string_literal: true

require "rack"
require "rack/runtime"
require_relative "../driver"
require_relative "../plain_ruby_tracker"
require_relative "../probe"

module Bench
  module RequestPath
    # What is compared, by the process it runs in: what needs hooks in the whole process, or brings threads
    # of its own, must not disturb the others.
    class Variants
      MEASURED_BESIDE_RUNTIME = %w[ floor calls rack_runtime disabled defaults body_wrapper everything plain_ruby ].freeze
      GROUPS = %w[ ours counting autotuner prometheus_exporter oink trashed scout_apm ].freeze

      NAMES = {
        "floor" => "the four system calls beside the request",
        "calls" => "the four system calls in a loop of their own",
        "rack_runtime" => "Rack::Runtime",
        "disabled" => "memory_tracker, `enabled: false`",
        "defaults" => "memory_tracker",
        "body_wrapper" => "memory_tracker on a server without `rack.response_finished`",
        "everything" => "memory_tracker, all on but object counts",
        "everything_counting" => "memory_tracker, all on",
        "scout_apm" => "scout_apm's allocation counter",
        "autotuner" => "autotuner",
        "prometheus_exporter" => "prometheus_exporter",
        "oink" => "oink",
        "trashed" => "trashed",
        "plain_ruby" => "a plain Ruby tracker",
        "plain_ruby_counting" => "a plain Ruby tracker that counts objects"
      }.freeze

      PARTS = [ "hello" ].freeze
      APPLICATION = ->(_env) { [ 200, { "content-type" => "text/plain" }, PARTS ] }

      # A variant, and what it is measured against.
      Variant = Struct.new(:key, :driver, :baseline)

      # @param folder [String] for the logs
      def initialize(group, folder)
        @folder = folder
        @settle = @stop = -> { }
        @variants = [ Variant.new("bare", Driver.new(APPLICATION), nil), *send(group) ]
      end

      # @return [Array<Variant>] the bare application first
      attr_reader :variants

      # @return [Proc] lets what a request leaves to a thread be done before the next turn
      attr_reader :settle

      # @return [Proc] ends what writes into the folder
      attr_reader :stop

      private
        def ours
          load_ours
          tracked = tracker("defaults")
          Probe.load
          [ Variant.new("idle", IdleDriver.new(APPLICATION), nil),
            Variant.new("calls", CallsDriver.new(APPLICATION), "idle"),
            variant("floor", FloorDriver.new(APPLICATION)),
            variant("rack_runtime", Driver.new(Rack::Runtime.new(APPLICATION))),
            variant("disabled", Driver.new(tracker("disabled", enabled: false))),
            variant("defaults", Driver.new(tracked)),
            Variant.new("bare_unannounced", Driver.new(APPLICATION, announces_end: false), nil),
            Variant.new("body_wrapper", Driver.new(tracked, announces_end: false), "bare_unannounced"),
            variant("everything", Driver.new(tracker("everything", **everything))),
            variant("plain_ruby", Driver.new(PlainRubyTracker.new(APPLICATION, log("plain")))) ]
        end

        # By themselves, because a count of the whole heap leaves none of the caches as it was.
        def counting
          load_ours
          plain = PlainRubyTracker.new(APPLICATION, log("plain"), count_objects: true)
          [ variant("everything_counting", Driver.new(tracker("all", **everything, object_counts: true))),
            variant("plain_ruby_counting", Driver.new(plain)) ]
        end

        def load_ours
          require "memory_tracker"
          @settle = -> { MemoryTracker.flush }
          @stop = -> { MemoryTracker.stop }
        end

        def everything
          { gc_stats: :all, object_counts: false, retention: 1.0, log_query: true, fields: { service: "shop", release: "2026.11" },
            ignore_paths: [ "/assets/", %r{\A/health} ], on_threshold: ->(line) { line } }
        end

        def autotuner
          require "autotuner"
          Autotuner.enabled = true
          Autotuner.reporter = ->(report) { report }
          [ variant("autotuner", Driver.new(Autotuner::RackPlugin.new(APPLICATION))) ]
        end

        def prometheus_exporter
          require_relative "exporting"
          client = Exporting::Client.new
          @settle = -> { client.wait_until_sent }
          middleware = PrometheusExporter::Middleware.new(APPLICATION, instrument: :prepend, client: client)
          [ variant("prometheus_exporter", Driver.new(middleware)) ]
        end

        def oink
          require "active_record"
          require "oink"
          middleware = Oink::Middleware.new(APPLICATION, logger: Hodel3000CompliantLogger.new(log("oink")))
          [ variant("oink", Driver.new(middleware)) ]
        end

        # As its railtie sets it up: a line in the log; its StatsD would come on top.
        def trashed
          require "trashed"
          require "trashed/reporter"
          reporter = Trashed::Reporter.new
          reporter.logger = Logger.new(log("trashed"))
          [ variant("trashed", Driver.new(Trashed::Rack.new(APPLICATION, reporter))) ]
        end

        # Only the counter that its agent reads around each layer of a request: the agent talks to a service.
        def scout_apm
          require "allocations" # from here on each object that anybody makes is counted
          counter = ScoutApm::Instruments::Allocations
          middleware = lambda do |env|
            before = counter.count
            response = APPLICATION.call(env)
            counter.count - before
            response
          end
          [ variant("scout_apm", Driver.new(middleware)) ]
        end

        def variant(key, driver) = Variant.new(key, driver, "bare")
        def tracker(name, **options) = MemoryTracker::Middleware.new(APPLICATION, log_file: log(name), **options)
        def log(name) = File.join(@folder, "#{name}.log")
    end
  end
end
