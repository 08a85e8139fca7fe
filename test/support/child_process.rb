# frozen_string_literal: true

require "open3"
require "rbconfig"
require "timeout"

# A Ruby script in a process of its own: for figures that the test process would disturb, and for
# endings and crashes that it must survive. Bounded in time, ended by its own pid.
class ChildProcess
  Result = Struct.new(:out, :err, :status, :pid) do
    def success? = status.success?

    def json = JSON.parse(out)
  end

  class Failed < StandardError; end

  LIB = File.expand_path("../../lib", __dir__)

  # For servers, which load what they are told to: ours before what Bundler put there.
  RUBYLIB = [ LIB, ENV.fetch("RUBYLIB", nil) ].compact.join(File::PATH_SEPARATOR)

  PREAMBLE = <<~RUBY
    GC.auto_compact = true
    $LOAD_PATH.unshift #{LIB.inspect}
    require "json"
    require "rack"
    require "memory_tracker"
    require #{File.expand_path("in_process_server", __dir__).inspect}
    require #{File.expand_path("process_figures", __dir__).inspect}
    require #{File.expand_path("eventually", __dir__).inspect}
  RUBY

  class << self
    # Runs the script with memory_tracker loaded and fails unless it ends well.
    def run!(script, **options)
      result = run(PREAMBLE + script, **options)
      return result if result.success?

      raise Failed, "#{result.status.inspect}\n#{result.out}\n#{result.err}"
    end

    def run(script, arguments: [], env: {}, within: 60)
      command([ RbConfig.ruby, "-e", script, "--", *arguments.map(&:to_s) ], env: env, within: within)
    end

    def command(command, env: {}, within: 60, chdir: Dir.pwd)
      Open3.popen3(env, *command, chdir: chdir) do |input, out, err, process|
        input.close
        readers = [ out, err ].map { |io| Thread.new { io.read } }
        unless process.join(within)
          Process.kill(:KILL, process.pid)
          raise Failed, "not done within #{within} s: #{command.join(" ")[0, 300]}\n#{readers.map(&:value).join("\n")}"
        end
        Result.new(*readers.map(&:value), process.value, process.pid)
      end
    end
  end
end
