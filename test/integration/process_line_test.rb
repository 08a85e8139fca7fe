# frozen_string_literal: true

require_relative "../test_helper"

# The process line against what the kernel says of that process while nothing in it moves.
class ProcessLineTest < Minitest::Test
  extend MeasuredOnce

  SCRIPT = <<~'RUBY'
    kept = "x" * (48 << 20)
    released = "x" * (64 << 20)
    released.clear
    server = InProcessServer.new(MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: ARGV[0],
                                                               process_sample_interval: 0.1, fields: { service: "shop" }))
    sleeper = Thread.new { Queue.new.pop }
    server.get("/")
    GC.start
    sampled = -> { File.exist?(ARGV[0]) ? File.readlines(ARGV[0]).count { |line| line.include?('"event":"process"') && line.include?('"pss"') } : 0 }
    seen = sampled.call
    Eventually.eventually(within: 20, what: "two more process lines") { sampled.call >= seen + 2 }
    puts JSON.generate(ProcessFigures.new.to_h.merge(kept: kept.bytesize))
    MemoryTracker.stop
  RUBY

  Measurement = Struct.new(:truth, :pid, :lines)

  def self.measure
    Dir.mktmpdir do |folder|
      log = File.join(folder, "log")
      result = ChildProcess.run!(SCRIPT, arguments: [ log ])
      Measurement.new(result.json, result.pid, TrackerLog.new(log).events("process"))
    end
  end

  %w[rss pss uss swap anonymous file shared peak].each do |name|
    define_method("test_#{name}_is_what_the_kernel_says") do
      assert_in_delta truth[name], line[name], 1.5
    end
  end

  def test_the_figures_fit_together
    assert_operator line["uss"], :<=, line["pss"] + 0.01
    assert_operator line["pss"], :<=, line["rss"] + 0.5
    assert_operator line["peak"], :>=, line["rss"] + 50, "the peak was 64 MB higher"
    assert_in_delta line["rss"], line["anonymous"] + line["file"] + line["shared"], 0.5
    assert_operator line["anonymous"], :>, 48
  end

  def test_the_head_of_the_line
    assert_equal [ measured.pid, "shop", "INFO" ], line.values_at("pid", "service", "level")
  end

  def test_threads_are_counted
    assert_includes (truth["threads"] - 1)..(truth["threads"] + 1), line["threads"]
  end

  def test_the_allocator_is_named
    assert_match(/glibc|musl|jemalloc|tcmalloc|mimalloc/, JSON.generate(line["allocator"]))
  end

  def test_the_cgroup_is_told_where_there_is_one
    assert_equal memory_cgroup?, line.key?("cgroup"), line.inspect
  end

  def test_counters_of_the_collector_and_the_trackers_own_cost
    text = JSON.generate(line)
    assert_match(/heap_live_slots/, text)
    assert_match(/own|tracker|writer/, text)
  end

  def test_lines_come_about_as_often_as_asked
    times = measured.lines.map { |each| Time.iso8601(each["time"]) }
    assert_operator times.size, :>=, 2
    times.each_cons(2) { |first, second| assert_operator second - first, :>=, 0.05 }
  end

  private

  def measured = self.class.measured
  def truth = measured.truth

  # PSS and USS cost more and come less often than the rest; the last line that has them has everything.
  def line = measured.lines.reverse.find { |each| each.key?("pss") }

  def memory_cgroup?
    File.readlines("/proc/self/cgroup", chomp: true).any? do |entry|
      _, controllers, path = entry.split(":", 3)
      if controllers.split(",").include?("memory")
        [ path, "" ].any? { |candidate| File.exist?("/sys/fs/cgroup/memory#{candidate}/memory.usage_in_bytes") }
      else
        controllers.empty? && [ path, "" ].any? { |candidate| File.exist?("/sys/fs/cgroup#{candidate}/memory.current") }
      end
    end
  end
end
