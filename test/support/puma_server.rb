# frozen_string_literal: true

require_relative "server_process"

# A real Puma on a free loopback port.
class PumaServer < ServerProcess
  NOTICE = File.expand_path("preloads/puma_notice.rb", __dir__)
  LISTENING = %r{Listening on http://127\.0\.0\.1:(\d+)}

  # Puma 8.0.2 empties the buffer of an answer after it has given the client to another thread: about one answer
  # of 35,000 comes without its beginning, and wrk gives up a connection whose request was served. They come as
  # chance has it, so a few are no surprise among few requests either.
  def self.most_spoiled(requests) = 3 + (requests * 0.0001).ceil

  def initialize(rackup, threads: 5, workers: 0, env: {}, chdir: File.dirname(rackup), config: nil)
    command = [ RbConfig.ruby, "-r", NOTICE, Gem.bin_path("puma", "puma"), "--bind", "tcp://127.0.0.1:0",
                "--threads", "#{threads}:#{threads}", "--workers", workers.to_s, "--environment", env.fetch("RACK_ENV", "production") ]
    command += [ "--config", config || "-" ]
    super(command + [ rackup ], env: env, chdir: chdir, announces_port: LISTENING)
  end
end
