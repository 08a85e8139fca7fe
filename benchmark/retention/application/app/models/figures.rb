# frozen_string_literal: true

require "json"

# What the process knows of itself.
class Figures
  def call(env)
    [ 200, { "content-type" => "application/json" }, [ JSON.generate(of(env["PATH_INFO"])) ] ]
  end

  private
    def of(path)
      case path
      when "/cpu" then { cpu_seconds: Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) }
      else { report: MemoryTracker.report, retention: MemoryTracker.stats[:retention], major_gcs: GC.stat(:major_gc_count) }
      end
    end
end
