# frozen_string_literal: true

require "json"
require "rbconfig"
require "timeout"
require_relative "pieces"

module Attribution
  # A real Puma in a process of its own on a free port of the loopback interface, ended by its pid.
  class Server
    THRESHOLD_MEGABYTES = 5
    LISTENING = %r{Listening on http://127\.0\.0\.1:(\d+)}
    BOOT_SECONDS = 30
    END_SECONDS = 20
    # Named at all, malloc's limits stay where they are: see Pieces::Large.
    MALLOC = { "MALLOC_MMAP_THRESHOLD_" => (128 * 1024).to_s }.freeze
    CONFIG = File.expand_path("config.ru", __dir__)
    LIB = File.expand_path("../../lib", __dir__)

    attr_reader :port

    def self.open(...)
      server = new(...)
      yield server
    ensure
      server&.stop
    end

    def initialize(folder, threads:, neighbour_port:)
      @log = File.join(folder, "memory_tracker.log")
      @output = File.join(folder, "output")
      command = [ RbConfig.ruby, Gem.bin_path("puma", "puma"), "--config", "-", "--environment", "production",
                  "--bind", "tcp://127.0.0.1:0", "--threads", "#{threads}:#{threads}", "--workers", "0", CONFIG ]
      @pid = Process.spawn(environment(neighbour_port), *command, chdir: folder, in: File::NULL, out: @output, err: %i[ child out ])
      @port = Timeout.timeout(BOOT_SECONDS) { wait_for_port }
    rescue StandardError
      stop
      raise
    end

    # MB that the process had at most.
    def peak
      File.read("/proc/#{@pid}/status")[/^VmHWM:\s+(\d+)/, 1].to_i / 1024
    end

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

    # @return [Array<Hash>] what the tracker wrote
    def lines = File.readlines(@log).map { |line| JSON.parse(line) }

    private
      def environment(neighbour_port)
        MALLOC.merge("RUBYLIB" => [ LIB, ENV.fetch("RUBYLIB", nil) ].compact.join(File::PATH_SEPARATOR),
          "ATTRIBUTION_LOG" => @log, "ATTRIBUTION_THRESHOLD" => THRESHOLD_MEGABYTES.to_s,
          "ATTRIBUTION_NEIGHBOUR" => neighbour_port.to_s)
      end

      def wait_for_port
        until (port = File.read(@output)[LISTENING, 1])
          raise "The server has ended:\n#{File.read(@output)}" if Process.wait(@pid, Process::WNOHANG)

          sleep 0.02
        end
        port.to_i
      end
  end
end
