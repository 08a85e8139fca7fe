# frozen_string_literal: true

require_relative "../test_helper"

# Every object that can be moved is moved, again and again, while each entry into the extension is used:
# a VALUE that the binding keeps without marking it leads to a wrong object, or to the end of the process.
# In processes of their own for that.
class CompactionTest < TrackerTest
  MOVE_EVERYTHING = <<~'RUBY'
    disturb = move_everything = lambda do
      GC.verify_compaction_references(toward: :empty, **(RUBY_VERSION < "3.2" ? { double_heap: true } : { expand_heap: true }))
    end
  RUBY

  def test_between_and_within_requests_jobs_and_blocks
    run_child(<<~RUBY)
      servers = open_two.call
      servers.each { |server| use.call(server) }
      2.times { move_everything.call; servers.each { |server| use.call(server) } }
    RUBY
    WholeSurface.check(self, log, rounds: 6)
  end

  def test_before_the_first_tracker_is_made
    run_child(<<~RUBY)
      move_everything.call
      servers = open_two.call
      move_everything.call
      servers.each { |server| use.call(server) }
    RUBY
    WholeSurface.check(self, log, rounds: 2)
  end

  def test_with_trackers_that_come_and_go
    run_child(<<~RUBY)
      3.times do |number|
        options[:fields] = { service: "shop", number: number }
        server = open_two.call.first
        use.call(server)
        MemoryTracker.stop
        move_everything.call
      end
    RUBY
    WholeSurface.check(self, log, rounds: 3)
  end

  def test_by_each_major_collection
    run_child(<<~RUBY)
      disturb = -> { GC.start }
      GC.auto_compact = true
      servers = open_two.call
      5.times { servers.each { |server| use.call(server) } }
    RUBY
    WholeSurface.check(self, log, rounds: 10)
  end

  private

  def run_child(script) = WholeSurface.run!(MOVE_EVERYTHING, script, log: log, within: 200)
end if GC.respond_to?(:verify_compaction_references)
