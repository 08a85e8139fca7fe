# frozen_string_literal: true

require "json"
require "rbconfig"
require "timeout"
require_relative "connection"
require_relative "endpoint"

module Retention
  # A real Puma with the Rails application, in a process of its own on a free port of the loopback interface,
  # ended by its pid.
  class Server
    THREADS = 5
    LISTENING = %r{Listening on http://127\.0\.0\.1:(\d+)}
    BOOT_SECONDS = 120
    END_SECONDS = 30
    LIB = File.expand_path("../../lib", __dir__)
    # A process of this size that allocates as these endpoints do has a major collection every few thousand requests.
    # With limits this low it has one every hundred, by allocation still: a run of minutes stands for hours.
    COLLECTOR = { "RUBY_GC_MALLOC_LIMIT" => "1000000", "RUBY_GC_MALLOC_LIMIT_MAX" => "1000000",
                  "RUBY_GC_OLDMALLOC_LIMIT" => "1000000", "RUBY_GC_OLDMALLOC_LIMIT_MAX" => "1000000" }.freeze

    attr_reader :port

    def self.open(...)
      server = new(...)
      yield server
    ensure
      server&.stop
    end

    # @param leaks [Array] of [ kind, size ], whose truth is to be counted
    def initialize(folder, mode:, leaks: [], collector: COLLECTOR)
      @folder = folder
      @output = File.join(folder, "output")
      command = [ RbConfig.ruby, Gem.bin_path("puma", "puma"), "--config", "-", "--environment", "production",
                  "--bind", "tcp://127.0.0.1:0", "--threads", "#{THREADS}:#{THREADS}", "--workers", "0",
                  File.join(Endpoint::APPLICATION, "config.ru") ]
      @pid = Process.spawn(collector.merge(environment(mode, leaks)), *command, chdir: Endpoint::APPLICATION, in: File::NULL, out: @output,
err: %i[ child out ])
      @port = Timeout.timeout(BOOT_SECONDS) { wait_for_port }
    rescue StandardError
      stop
      raise
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

    # @return [Array<Hash>] what the tracker wrote
    def lines = File.foreach(log).map { |line| JSON.parse(line) }

    # Ends it, so that all lines are in the log.
    def stop
      return unless @pid

      pid, @pid = @pid, nil
      Process.kill(:TERM, pid)
      Timeout.timeout(END_SECONDS) { Process.wait(pid) }
    rescue Timeout::Error
      Process.kill(:KILL, pid)
      Process.wait(pid)
      raise
    rescue Errno::ESRCH, Errno::ECHILD
      nil # it had ended by itself
    end

    private
      def log = File.join(@folder, "memory_tracker.log")
      def truth_file = File.join(@folder, "truth.json")

      def environment(mode, leaks)
        environment = { "RUBYLIB" => [ LIB, ENV.fetch("RUBYLIB", nil) ].compact.join(File::PATH_SEPARATOR),
                        "RETENTION_FOLDER" => @folder, "RETENTION_MODE" => mode.to_s }
        environment["RETENTION_DATABASE"] = File.join(@folder, "orders.sqlite3") if leaks.any? { |kind, _| kind == "records" }
        environment.update("RETENTION_LEAKS" => leaks.map { |leak|
 leak.join(" ") }.join(","), "RETENTION_TRUTH" => truth_file) if leaks.any?
        environment
      end

      def wait_for_port
        until (port = File.read(@output)[LISTENING, 1])
          raise "The server has ended:\n#{File.read(@output)}" if Process.wait(@pid, Process::WNOHANG)

          sleep 0.05
        end
        port.to_i
      end
  end
end
