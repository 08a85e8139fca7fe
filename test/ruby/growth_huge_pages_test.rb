# frozen_string_literal: true

require_relative "../test_helper"

# Transparent huge pages for everybody: one page fault brings 4 KB or 2 MB, and nobody says which. The kernel is
# told so only while the child process of this test runs.
class GrowthHugePagesTest < Minitest::Test
  extend MeasuredOnce

  SETTING = "/sys/kernel/mm/transparent_hugepage/enabled"
  HEAVY_MB = 50
  HEAVY_DELTA = HEAVY_MB * 0.05 + 0.5
  # The ends of the string, and a page of Ruby's own that the request was the first to touch.
  ALONE_DELTA = 2 * 2

  # The parent of a test may have opted out for itself and its children.
  SCRIPT = <<~'RUBY'
    require "fiddle"
    PR_SET_THP_DISABLE = 41
    prctl = Fiddle::Function.new(Fiddle::Handle::DEFAULT["prctl"], [ Fiddle::TYPE_INT ] + [ Fiddle::TYPE_LONG ] * 4, Fiddle::TYPE_INT)
    prctl.call(PR_SET_THP_DISABLE, 0, 0, 0, 0)
    GC.disable
    stage = Stage.new(
      log_file: ARGV[0], threshold: 20,
      "/alone" => proc { KEPT << ("x" * (50 * MEGABYTE)) },
      "/heavy" => proc { KEPT << ("x" * (50 * MEGABYTE)) },
      "/pieces" => proc { KEPT << Array.new(50_000) { "x" * 983 } }
    )
    stage.get("/warm-up")
    stage.get("/alone")
    stage.during("/idle") { stage.get("/heavy") }
    stage.during("/idle") { stage.get("/pieces") }
    threads = Array.new(4) { Thread.new { 20.times { stage.get("/nothing") } } }
    threads << Thread.new { 3.times { stage.get("/heavy") } }
    threads.each(&:join)
    puts JSON.generate(huge_mb: File.read("/proc/self/smaps_rollup")[/^AnonHugePages:\s+(\d+)/, 1].to_i / 1024)
  RUBY

  class << self
    def measure
      Dir.mktmpdir do |folder|
        log = File.join(folder, "log")
        truth = with_huge_pages { ChildProcess.run!(Stage::PRELUDE + SCRIPT, arguments: [ log ]).json }
        [ TrackerLog.new(log).requests, truth ]
      end
    end

    private

    def with_huge_pages
      before = File.read(SETTING)[/\[(\w+)\]/, 1]
      File.write(SETTING, "always")
      yield
    ensure
      File.write(SETTING, before) if before
    end
  end

  def setup
    skip "#{SETTING} is not writable: huge pages cannot be tried here" unless File.writable?(SETTING)
    skip "the kernel gave no huge pages" if huge_mb < HEAVY_MB
  end

  def test_alone_the_growth_is_that_of_the_process
    line = lines_of("/alone").first
    assert_equal %w[exclusive WARN], line.values_at("scope", "level")
    assert_in_delta HEAVY_MB, line["attributed_growth"], ALONE_DELTA
    assert_operator line["touched"], :<, HEAVY_MB / 2, "faults say little here"
  end

  def test_a_bystander_is_never_blamed
    bystanders = lines_of("/idle", "/nothing")
    assert_equal 82, bystanders.size
    assert_equal [ "INFO" ], bystanders.map { |line| line["level"] }.uniq
    bystanders.each { |line| assert_operator line.fetch("attributed_growth", 0), :<, 1 }
  end

  # Ruby 3.2 tells when a thread gets the GVL, and what the process grew by until the next one does is its own.
  def test_a_heavy_request_beside_others_is_told_right_or_not_at_all
    heavy = lines_of("/heavy").select { |line| line["scope"] == "shared" }
    assert_operator heavy.size, :>=, 1
    heavy.each do |line|
      if RUBY_VERSION >= "3.2"
        assert_in_delta HEAVY_MB, line["attributed_growth"], HEAVY_DELTA
        assert_equal "WARN", line["level"]
      else
        refute_includes line.keys, "attributed_growth"
        assert_equal "INFO", line["level"]
      end
    end
  end

  def test_small_pieces_are_told_right_or_not_at_all
    line = lines_of("/pieces").first
    assert_equal "shared", line["scope"]
    assert_in_delta line["memory_growth"], line["attributed_growth"], HEAVY_DELTA if RUBY_VERSION >= "3.2" || line.key?("attributed_growth")
  end

  private

  def lines_of(*urls) = self.class.measured.first.select { |line| urls.include?(line["url"]) }
  def huge_mb = self.class.measured.last.fetch("huge_mb")
end
