# frozen_string_literal: true

require_relative "../test_helper"

# Collections at the worst moments, and objects that move, in processes of their own: what crashes there must
# not take the other tests along. The figures have to be right all the same.
class RetentionHarshTest < Minitest::Test
  APPLICATION = <<~'RUBY'
    KEPT = []
    Point = Struct.new(:x, :y)
    application = lambda do |env|
      3.times { KEPT << Object.new }
      KEPT << Point.new("x" * 100, :"name_of_#{KEPT.size}") if env["PATH_INFO"] == "/points"
      MemoryTracker.track("inner") { KEPT << [ 1 ] }
      Class.new { def self.name = raise("called") }.new
      Object.new.instance_eval { def answer = 42 }
      ObjectSpace.define_finalizer(Object.new, proc { })
      Fiber.new { Object.new }.resume
      [ 200, {}, [ "ok" ] ]
    end
    server = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: File::NULL, retention: 1.0))
    tell = lambda do
      5.times { server.get("/afterwards") }
      3.times { GC.start }
      report = MemoryTracker.report[:endpoints].to_h { |each| [ each[:endpoint], each[:kept_objects][:mean] ] }
      puts JSON.generate(report)
    end
  RUBY

  def test_under_gc_stress
    kept = told(<<~'RUBY', within: 300)
      3.times { server.get("/work") }
      GC.stress = true
      6.times { server.get("/stressed") }
      MemoryTracker.report
      GC.stress = false
      tell.call
    RUBY
    # Three major collections pass while the request's objects are still in use, so more than the four look alive.
    assert_includes 2..40, kept.fetch("/stressed")
  end

  def test_while_everything_moves
    kept = told(<<~'RUBY', within: 120)
      GC.auto_compact = true
      200.times do |number|
        server.get("/points")
        GC.compact if number % 20 == 0
        GC.start if number % 7 == 0
      end
      tell.call
    RUBY
    # The struct, its string and its symbol, of which the first is a string as well on some Rubies.
    assert_in_delta 7.5, kept.fetch("/points"), 1
  end

  def test_compaction_finds_no_reference_that_was_forgotten
    kept = told(<<~'RUBY', within: 180)
      verify = lambda do
        GC.verify_compaction_references(toward: :empty, expand_heap: true)
      rescue ArgumentError
        GC.verify_compaction_references(toward: :empty, double_heap: true)
      end
      20.times { server.get("/work") }
      verify.call
      20.times { server.get("/work") }
      MemoryTracker.track("while held") { 20.times { KEPT << Object.new }; verify.call; Object.new }
      tell.call
    RUBY
    assert_in_delta 4, kept.fetch("/work"), 0.3
    assert_in_delta 20, kept.fetch("while held"), 25
  end

  def test_threads_that_take_turns_at_any_place
    kept = told(<<~'RUBY', within: 120)
      threads = Array.new(6) do |number|
        Thread.new do
          60.times { |turn| server.get("/thread/#{number}t"); Thread.pass; GC.start if turn % 20 == number }
        end
      end
      threads.each(&:join)
      tell.call
    RUBY
    means = kept.select { |endpoint, _| endpoint.start_with?("/thread") }
    assert_equal 6, means.size, kept
    means.each { |endpoint, mean| assert_in_delta 4, mean, 0.4, endpoint }
  end

  def test_what_is_followed_is_bounded
    stats = told(<<~'RUBY', within: 120)
      3000.times { |number| server.get("/work"); GC.start if number % 20 == 0 }
      stats = MemoryTracker.stats[:retention]
      puts JSON.generate(stats)
    RUBY
    assert_operator stats["samples"], :>, 600
    assert_operator stats["followed"], :<=, 512
    assert_operator stats["in_flight"], :<=, 1
  end

  private

  def told(script, within:)
    JSON.parse(ChildProcess.run!(APPLICATION + script, within: within).out.lines.last)
  end
end
