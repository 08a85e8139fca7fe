# frozen_string_literal: true

# A process that serves requests in itself until a test ends it, by whatever signal: what it says on its
# standard output comes back line by line, and its recorder lies in a folder of the test's own.
class Victim
  include Eventually

  # For the script: `serve(path)` is a request, `say(text)` tells the test.
  PRELUDE = <<~'RUBY'
    $stdout.sync = true
    def say(text) = $stdout.write("#{text}\n")
    APPLICATION = lambda do |env|
      if env["PATH_INFO"].start_with?("/hangs")
        say "in flight"
        sleep
      end
      [ 200, {}, [ "ok" ] ]
    end
    SERVER = InProcessServer.new(MemoryTracker::Middleware.new(APPLICATION, log_file: ENV.fetch("LOG")))
    def serve(path = "/") = SERVER.get(path)
    def hang(path) = Thread.new { serve(path) }
  RUBY

  attr_reader :pid, :status

  def initialize(folder, log:, script:, env: {}, input: File::NULL)
    @errors = File.join(folder, "victim-#{Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)}.err")
    environment = { "LOG" => log, "MEMORY_TRACKER_FLIGHT_RECORDER" => folder }.merge(env)
    @reader, writer = IO.pipe
    @pid = Process.spawn(environment, RbConfig.ruby, "-e", ChildProcess::PREAMBLE + PRELUDE + script,
                         out: writer, err: @errors, in: input, chdir: folder)
    writer.close
  end

  # Serves 50 requests, has them all in its recorder and none in the log, and waits for its end.
  def self.with_unwritten(folder, log:, requests: 50, ending: "sleep", env: {})
    script = "#{requests}.times { |number| serve(\"/finished/\#{number}\") }\nsay :ready\n#{ending}"
    new(folder, log: log, script: script, env: { "MEMORY_TRACKER_FLUSH_INTERVAL" => "60" }.merge(env)).tap { |victim| victim.hear("ready") }
  end

  # Waits until it has said so.
  def hear(text, within: 30)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + within
    until (line = next_line(deadline)) == text
      raise "it said #{line.inspect} and not #{text}\n#{errors}" if line.nil?
    end
  end

  # @return [String] the next line that it says
  def heard(within: 30) = next_line(Process.clock_gettime(Process::CLOCK_MONOTONIC) + within)

  def errors = File.exist?(@errors) ? File.read(@errors) : ""

  def kill(signal = :KILL)
    Process.kill(signal, pid)
    wait
  end

  # @return [Process::Status]
  def wait(within: 20)
    @status ||= eventually(within: within, what: "the end of #{pid}") { Process.wait2(pid, Process::WNOHANG)&.last }
  ensure
    unless @status
      Process.kill(:KILL, pid)
      _, @status = Process.wait2(pid)
    end
  end

  private

  def next_line(deadline)
    left = deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC)
    raise Eventually::TimedOut, "nothing was said\n#{errors}" unless left.positive? && @reader.wait_readable(left)

    @reader.gets&.chomp
  end
end
