# frozen_string_literal: true

# The load generator: so many requests, and what it received.
class Wrk
  SCRIPT = <<~'LUA'
    -- Each thread stops when it has had its share, and says so with a file; what its other connections
    -- have sent by then is served all the same.
    local threads = {}
    function setup(thread)
      table.insert(threads, thread)
      thread:set("done_file", os.getenv("DONE") .. #threads)
      thread:set("share", tonumber(os.getenv("SHARE")))
    end
    function init() received = 0; refused = 0 end
    function response(status)
      if status ~= 200 then refused = refused + 1 end
      received = received + 1
      if received == share then
        io.open(done_file, "w"):close()
        wrk.thread:stop()
      end
    end
    function done(summary)
      local received, refused = 0, 0
      for _, thread in ipairs(threads) do
        received = received + thread:get("received"); refused = refused + thread:get("refused")
      end
      local errors = summary.errors
      io.write(string.format('{"received":%d,"refused":%d,"spoiled":%d,"socket_errors":%d}\n', received, refused,
        errors.read, errors.connect + errors.write + errors.timeout))
    end
  LUA
  THREADS = 2
  CONNECTIONS = 10
  LONGEST_SECONDS = 120
  # By itself wrk gives a request two seconds, for which a busy machine may stand still.
  HANGS_AFTER_SECONDS = 20

  def self.installed? = ENV.fetch("PATH").split(File::PATH_SEPARATOR).any? { |folder| File.executable?(File.join(folder, "wrk")) }

  # @return [Hash] received, refused (not status 200), spoiled (ended early, or not HTTP), socket_errors (all others)
  def self.run(port, path, requests:, folder:)
    File.write(script = File.join(folder, "load.lua"), SCRIPT)
    output = File.join(folder, "wrk.txt")
    done = File.join(folder, "wrk-done-")
    pid = Process.spawn({ "SHARE" => (requests / THREADS).to_s, "DONE" => done }, "wrk",
                        "--threads", THREADS.to_s, "--connections", CONNECTIONS.to_s, "--duration", LONGEST_SECONDS.to_s,
                        "--timeout", HANGS_AFTER_SECONDS.to_s, "--script", script, "http://127.0.0.1:#{port}#{path}", out: output)
    Eventually.eventually(within: LONGEST_SECONDS, what: "#{requests} responses") { Dir["#{done}*"].size == THREADS }
    JSON.parse(ended(pid, output).lines.last, symbolize_names: true)
  ensure
    FileUtils.rm_f([ output, script, *Dir["#{done}*"] ])
  end

  # Its main thread would sleep for the whole duration.
  def self.ended(pid, output)
    Process.kill(:INT, pid)
    Eventually.eventually(what: "the end of wrk") { Process.wait(pid, Process::WNOHANG) }
    File.read(output)
  end
  private_class_method :ended
end
