# frozen_string_literal: true

require "json"
require_relative "../../test/support/child_process"
require_relative "../../test/support/puma_server"
require_relative "connection"
require_relative "endpoint"

module Retention
  # A real Puma with the Rails application, and what that and the tracker say of its requests.
  class Server < PumaServer
    THREADS = 5
    BOOT_SECONDS = 120
    END_SECONDS = 30
    RACKUP = File.join(Endpoint::APPLICATION, "config.ru")
    # A process of this size that allocates as these endpoints do has a major collection every few thousand requests.
    # With limits this low it has one every hundred, by allocation still: a run of minutes stands for hours.
    COLLECTOR = { "RUBY_GC_MALLOC_LIMIT" => "1000000", "RUBY_GC_MALLOC_LIMIT_MAX" => "1000000",
                  "RUBY_GC_OLDMALLOC_LIMIT" => "1000000", "RUBY_GC_OLDMALLOC_LIMIT_MAX" => "1000000" }.freeze

    # @param leaks [Array] of [ kind, size ], whose truth is to be counted
    def initialize(folder, mode:, leaks: [], collector: COLLECTOR)
      @folder = folder
      super(RACKUP, threads: THREADS, env: collector.merge(environment(mode, leaks)))
    end

    # @return [Hash] what the application says of itself
    def figures(of = "report")
      connection = Connection.new(port)
      answer = nil
      answer = connection.get("/figures/#{of}") until answer
      JSON.parse(answer)
    ensure
      connection.close
    end

    # @return [Hash] objects that each leak keeps a call, counted without the tracker
    def truth = File.exist?(truth_file) ? JSON.parse(File.read(truth_file)) : {}

    # All of them are there once it has stopped.
    # @return [Array<Hash>] what the tracker wrote
    def lines = File.foreach(log).map { |line| JSON.parse(line) }

    private
      def log = File.join(@folder, "memory_tracker.log")
      def truth_file = File.join(@folder, "truth.json")

      def environment(mode, leaks)
        environment = { "RUBYLIB" => ChildProcess::RUBYLIB, "RETENTION_FOLDER" => @folder, "RETENTION_MODE" => mode.to_s }
        environment["RETENTION_DATABASE"] = File.join(@folder, "orders.sqlite3") if leaks.any? { |kind, _| kind == "records" }
        if leaks.any?
          environment["RETENTION_LEAKS"] = leaks.map { |leak| leak.join(" ") }.join(",")
          environment["RETENTION_TRUTH"] = truth_file
        end
        environment
      end
  end
end
