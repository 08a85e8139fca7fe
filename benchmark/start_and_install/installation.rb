# frozen_string_literal: true

require "etc"
require "tempfile"
require "tmpdir"

module Bench
  # `gem install` of the built gem into an empty folder, its dependencies being there: what takes the time
  # is the compiler.
  class Installation
    ROOT = File.expand_path("../..", __dir__)
    LOOK_SECONDS = 0.02
    PAGE_MEGABYTES = Etc.sysconf(Etc::SC_PAGESIZE) / 1_048_576.0

    # @param jobs [Integer] make's
    def initialize(jobs)
      @jobs = jobs
    end

    # @return [Hash] seconds by the clock and of CPU, and MB that all its processes had at most together
    def measure
      Dir.mktmpdir do |folder|
        file = File.join(folder, "memory_tracker.gem")
        run([ "gem", "build", "--silent", "--output", file, "memory_tracker.gemspec" ], {})
        cpu = children_cpu
        began = now
        peak = run([ "gem", "install", "--silent", "--local", "--ignore-dependencies", "--no-document",
                     "--install-dir", File.join(folder, "gems"), file ], environment(folder))
        raise "Nothing was compiled" if Dir.glob("#{folder}/gems/**/memory_tracker.so").empty?

        { "jobs" => @jobs, "seconds" => now - began, "cpu_seconds" => children_cpu - cpu, "peak_mb" => peak }
      end
    end

    private
      def environment(folder)
        home = File.join(folder, "gems")
        { "GEM_HOME" => home, "GEM_PATH" => [ home, *Gem.path ].join(":"), "MAKEFLAGS" => "-j#{@jobs}" }
      end

      # @return [Float] MB that the processes of its group had together, at most
      def run(command, environment)
        output = Tempfile.new("installation")
        Bundler.with_unbundled_env do
          pid = Process.spawn(environment, *command, chdir: ROOT, in: File::NULL, out: output.path, err: %i[ child out ], pgroup: true)
          peak = 0
          until Process.wait(pid, Process::WNOHANG)
            peak = [ peak, resident(pid) ].max
            sleep LOOK_SECONDS
          end
          raise "#{command.join(" ")}: #{$?.inspect}\n#{output.read}" unless $?.success?

          peak
        end
      ensure
        output&.unlink
      end

      def resident(group)
        Dir["/proc/[0-9]*"].sum do |folder|
          state = File.read("#{folder}/stat")[/\) (.+)/, 1].split
          state[2].to_i == group ? state[21].to_i * PAGE_MEGABYTES : 0
        rescue Errno::ENOENT, Errno::ESRCH
          0 # ended meanwhile
        end
      end

      def children_cpu = Process.times.then { |times| times.cutime + times.cstime }
      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
