# frozen_string_literal: true

require_relative "../test_helper"

# Memory that is known to the byte against what the log says of it. In a process of its own, whose malloc
# holds no freed pages that a request could take instead of new ones.
class GrowthTest < Minitest::Test
  extend MeasuredOnce

  SCRIPT = <<~'RUBY'
    MEGABYTE = 1_048_576
    KEPT = []
    TRUTH = {}
    bystander_may_go = Queue.new
    application = lambda do |env|
      path = env["PATH_INFO"]
      TRUTH[path] = { rss: ProcessFigures.new.rss, faults: nil }
      case path
      when %r{\A/keep/(\d+)} then KEPT << ("x" * ($1.to_i * MEGABYTE))
      when "/pieces" then KEPT << Array.new(200_000) { |number| "a string that does not fit into a slot, number #{number}" }
      when "/released" then ("x" * (48 * MEGABYTE)).clear
      when "/untouched" then Thread.new { KEPT << ("x" * (40 * MEGABYTE)) }.join
      end
      [ 200, {}, [ "ok" ] ]
    end
    server = InProcessServer.new(MemoryTracker::Middleware.new(application, log_file: ARGV[0], threshold: 20))
    5.times { server.get("/warm-up") }
    GC.start
    %w[/nothing /keep/15 /keep/25 /keep/50 /released /pieces /untouched].each do |path|
      before = ProcessFigures.new.rss
      server.get(path)
      TRUTH[path][:growth] = ProcessFigures.new.rss - before
    end
    GC.disable
    MemoryTracker.stop
    puts JSON.generate(TRUTH)
  RUBY

  def self.measure
    Dir.mktmpdir do |folder|
      log = File.join(folder, "log")
      truth = ChildProcess.run!(SCRIPT, arguments: [ log ]).json
      [ TrackerLog.new(log).requests.to_h { |line| [ line["url"], line ] }, truth ]
    end
  end

  def test_fifty_megabytes_kept_read_fifty
    assert_in_delta 50, line("/keep/50")["memory_growth"], 1
    assert_in_delta 50, line("/keep/50")["attributed_growth"], 1
    assert_in_delta 50, line("/keep/50")["touched"], 1
  end

  def test_small_and_large_pieces_read_what_the_kernel_says
    [ "/keep/15", "/keep/25", "/pieces" ].each do |path|
      assert_in_delta truth(path)["growth"], line(path)["memory_growth"], 1, path
    end
    assert_operator line("/pieces")["memory_growth"], :>, 10
  end

  def test_memory_before_is_the_resident_size
    %w[/nothing /keep/15 /keep/50 /pieces].each do |path|
      assert_in_delta truth(path)["rss"], line(path)["memory_before"], 1, path
    end
  end

  def test_after_minus_before_is_the_growth
    self.class.measured.first.each_value do |line|
      assert_in_delta line["memory_after"] - line["memory_before"], line["memory_growth"], 0.002
    end
  end

  def test_a_threshold_of_twenty_warns_at_twenty_five_and_not_at_fifteen
    assert_equal %w[INFO WARN WARN INFO], %w[/keep/15 /keep/25 /keep/50 /nothing].map { |path| line(path)["level"] }
    assert_equal 20, line("/keep/25")["threshold"]
    refute_includes line("/keep/15").keys, "threshold"
  end

  def test_nothing_kept_reads_nothing
    assert_in_delta 0, line("/nothing")["memory_growth"], 0.5
    assert_in_delta 0, line("/nothing")["touched"], 0.5
  end

  def test_released_memory_was_touched_and_is_no_growth
    assert_in_delta 48, line("/released")["touched"], 1
    assert_in_delta 0, line("/released")["memory_growth"], 1
    assert_equal "INFO", line("/released")["level"]
  end

  def test_what_another_thread_touched_is_not_touched_by_the_request
    assert_in_delta 0, line("/untouched")["touched"], 1
    assert_in_delta 40, line("/untouched")["memory_growth"], 1
  end

  def test_three_decimals
    self.class.measured.first.each_value do |line|
      %w[memory_before memory_after memory_growth touched attributed_growth].each do |name|
        assert_equal line[name].round(3), line[name], name
      end
    end
  end

  def test_alone_is_exclusive_and_belongs_to_the_request
    self.class.measured.first.each_value do |line|
      assert_equal "exclusive", line["scope"]
      assert_includes [ nil, 0 ], line["overlap"]
      assert_equal line["memory_growth"], line["attributed_growth"]
    end
  end

  private

  def line(path) = self.class.measured.first.fetch(path)
  def truth(path) = self.class.measured.last.fetch(path)
end
