# frozen_string_literal: true

require "rbconfig"

module Demo
  # The dummy application on a Puma of its own process, so that nothing of the clients is in its memory.
  class Server
    FOLDER = File.expand_path("..", __dir__)
    OUTPUT = File.join(FOLDER, "log/puma.log")
    BOOT_SECONDS = 60
    STOP_SECONDS = 20

    class Failed < StandardError
    end

    attr_reader :port, :pid

    def initialize(port:, log_file:, process_sample_interval:)
      @requested_port = port
      @environment = {
        "PORT" => port.to_s,
        "RAILS_ENV" => "production",
        "WEB_CONCURRENCY" => "0",
        "DUMMY_LOG_FILE" => log_file,
        "MEMORY_TRACKER_PROCESS_SAMPLE_INTERVAL" => process_sample_interval.to_s,
        # Every request is sampled, and the heap is collected as often as in an hour, for ten seconds are not long.
        "MEMORY_TRACKER_RETENTION" => "1",
        "RUBY_GC_OLDMALLOC_LIMIT" => "2000000",
        "RUBY_GC_OLDMALLOC_LIMIT_MAX" => "2000000"
      }
    end

    def start
      # A group of its own: Ctrl-C is for the demo, which then ends the server in its own order.
      @pid = Process.spawn(@environment, RbConfig.ruby, Gem.bin_path("puma", "puma"), "--config", "config/puma.rb",
        chdir: FOLDER, in: File::NULL, out: [ OUTPUT, "w" ], err: [ :child, :out ], pgroup: true)
      @port = wait_for_port
      self
    end

    def url(path = "/")
      "http://127.0.0.1:#{port}#{path}"
    end

    def running?
      !@pid.nil? && Process.waitpid(@pid, Process::WNOHANG).nil?
    rescue Errno::ECHILD
      false
    end

    def stop
      return unless running?

      Process.kill(:TERM, @pid)
      Process.kill(:KILL, @pid) unless within(STOP_SECONDS) { !running? }
    end

    private
      def wait_for_port
        found = within(BOOT_SECONDS) do
          File.read(OUTPUT)[/Listening on http:\/\/127\.0\.0\.1:(\d+)/, 1] || (:died unless running?)
        end
        return Integer(found) if found.is_a?(String)

        stop
        raise Failed, "The server did not boot. It said:\n#{File.read(OUTPUT).lines.last(30).join}"
      end

      # The block's value as soon as it is true, nil when the time is over.
      def within(seconds)
        deadline = now + seconds
        until (result = yield)
          return if now > deadline

          Kernel.sleep 0.02
        end
        result
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
  end
end
