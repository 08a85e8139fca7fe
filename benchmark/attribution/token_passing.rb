# frozen_string_literal: true

# A round for each line of input: two threads hand a token to and fro, and what a switch between them took
# of the CPU is printed, in microseconds. With the argument "tracked" the extension is loaded, and both
# threads have served a request.

PASSES = 4_000

tracked = ARGV.first == "tracked"
if tracked
  require "memory_tracker"
  MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [] ] }, log_file: File::NULL)
end

there = Queue.new
back = Queue.new
serve_once = -> { MemoryTracker.track("token") { nil } if tracked }
Thread.new do
  serve_once.call
  loop { back << there.pop }
end
serve_once.call

$stdout.sync = true
while $stdin.gets
  start = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
  PASSES.times do
    there << true
    back.pop
  end
  puts (Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - start) * 1_000_000 / (2 * PASSES)
end
