# frozen_string_literal: true

require_relative "../test_helper"

# A collection at every allocation while each entry into the extension is used: what the binding holds
# without a root is gone by the next line. Long, so beside `bin/test`; test/ruby/gc_stress_test.rb has the
# requests alone, with major collections.
class StressTest < TrackerTest
  STRESSED = <<~'RUBY'
    GC.auto_compact = false
    MINOR_AT_EVERY_ALLOCATION = 1 # GC.stress = true would take hours here
    disturb = -> { Array.new(2) { "garbage" * 10 } }
  RUBY

  def test_every_entry_under_stress
    run_child(<<~RUBY)
      servers = open_two.call
      GC.stress = MINOR_AT_EVERY_ALLOCATION
      servers.each { |server| use.call(server) }
      GC.stress = false
      use.call(servers.first)
    RUBY
    WholeSurface.check(self, log, rounds: 3)
  end

  def test_the_first_tracker_and_the_last_stop_under_stress
    run_child(<<~RUBY)
      GC.stress = MINOR_AT_EVERY_ALLOCATION
      use.call(open_two.call.first)
      MemoryTracker.stop
      GC.stress = false
    RUBY
    WholeSurface.check(self, log, rounds: 1)
  end

  def test_threads_under_stress
    run_child(<<~RUBY)
      servers = open_two.call
      GC.stress = MINOR_AT_EVERY_ALLOCATION
      threads = servers.map { |server| Thread.new { use.call(server) } }
      threads.each(&:join)
      GC.stress = false
    RUBY
    WholeSurface.check(self, log, rounds: 2)
  end

  private

  def run_child(script) = WholeSurface.run!(STRESSED, script, log: log, within: 250)
end
