# frozen_string_literal: true

# What a hook on every allocation costs those who allocate: nanoseconds for an object, before the library
# is loaded and after. allocation_cost.rb ours|scout_apm ROUNDS

require "json"
require_relative "../pace"
require_relative "../spread"

OBJECTS = 20_000
PATIENCE_SECONDS = 10

def nanoseconds(rounds)
  times = Bench::Pace.best(rounds, patience: PATIENCE_SECONDS) do
    GC.start
    GC.disable
    before = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID)
    OBJECTS.times { Object.new }
    (Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) - before) * 1e9 / OBJECTS
  ensure
    GC.enable
  end
  Bench::Spread.first_decile(times)
end

library, rounds = ARGV
rounds = Integer(rounds)
before = nanoseconds(rounds)
after =
  if library == "scout_apm"
    require "allocations"
    nanoseconds(rounds)
  else
    require "memory_tracker"
    during = nil
    MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [] ] }, log_file: File::NULL)
    MemoryTracker.track("allocations") { during = nanoseconds(rounds) }
    during
  end
puts JSON.generate("without" => before, "with" => after)
