# frozen_string_literal: true

require_relative "../test_helper"

# A worker that was forked from a process with 60 MB of Ruby objects: its collector writes to inherited pages,
# which the kernel copies then. Such a page is faulted in by whoever collects, and the process has it already.
class GrowthAfterForkTest < Minitest::Test
  extend MeasuredOnce

  HEAVY_MB = 50
  HEAVY_DELTA = HEAVY_MB * 0.05 + 0.5

  # A child for each case, because only the first collection of a process copies.
  SCRIPT = <<~'RUBY'
    # Moving objects would copy more, and grow the process besides.
    GC.auto_compact = false
    inherited = Array.new(1_500_000) { Object.new }
    GC.start
    actions = {
      "/collects" => proc { 2.times { GC.start } },
      "/collects-beside-heavy" => proc { |pause| GC.start; pause.call; GC.start },
      "/heavy" => proc { KEPT << ("x" * (50 * MEGABYTE)) },
      "/heavy-collects" => proc { GC.start; KEPT << ("x" * (50 * MEGABYTE)); GC.start },
      "/writes" => proc { inherited.each { |object| object.instance_variable_set(:@written, 1) } }
    }
    cases = {
      "beside-idle" => ->(stage) { stage.during("/idle") { stage.get("/collects") } },
      "beside-heavy" => ->(stage) { stage.during("/collects-beside-heavy") { stage.get("/heavy") } },
      "heavy" => ->(stage) { stage.during("/idle") { stage.get("/heavy-collects") } },
      "alone" => ->(stage) { stage.get("/collects") },
      "writes" => ->(stage) { stage.during("/idle") { stage.get("/writes") } }
    }
    # The parent has served too: what it recorded must not count in the children.
    parent = Stage.new(actions.merge(log_file: File.join(ARGV[0], "parent")))
    parent.get("/warm-up")
    children = cases.map do |name, play|
      fork do
        stage = Stage.new(actions.merge(log_file: File.join(ARGV[0], name), threshold: 10))
        stage.get("/warm-up")
        play.call(stage)
        MemoryTracker.stop
      end.tap { |child| Process.wait(child) }
    end
    puts children.size
  RUBY

  def self.measure
    Dir.mktmpdir do |folder|
      ChildProcess.run!(Stage::PRELUDE + SCRIPT, arguments: [ folder ])
      Dir.children(folder).to_h do |name|
        [ name, TrackerLog.new(File.join(folder, name)).requests.to_h { |line| [ line["url"], line ] } ]
      end
    end
  end

  def test_a_request_that_collects_over_inherited_pages_is_not_blamed_for_the_copies
    line = line("beside-idle", "/collects")
    assert_operator line["touched"], :>, 8, "pages were copied"
    assert_equal [ "shared", 2 ], line.values_at("scope", "gc_count")
    # The collector's own stack, 1.2 MB for these objects, is real growth where Ruby does not tell it apart.
    assert_operator line["attributed_growth"], :<, 2
    assert_equal "INFO", line["level"]
    assert_operator line("beside-idle", "/idle")["attributed_growth"], :<, 1
  end

  def test_alone_its_growth_is_that_of_the_process
    line = line("alone", "/collects")
    assert_operator line["touched"], :>, 8
    assert_equal [ "exclusive", "INFO", line["memory_growth"] ], line.values_at("scope", "level", "attributed_growth")
    assert_operator line["attributed_growth"], :<, 1
  end

  def test_a_heavy_request_that_collects_is_blamed_for_what_it_took
    line = line("heavy", "/heavy-collects")
    assert_operator line["touched"], :>, HEAVY_MB + 8
    assert_equal %w[shared WARN], line.values_at("scope", "level")
    assert_in_delta HEAVY_MB, line["attributed_growth"], HEAVY_DELTA
    assert_operator line("heavy", "/idle")["attributed_growth"], :<, 1
  end

  def test_a_heavy_request_beside_one_that_collects
    line = line("beside-heavy", "/heavy")
    assert_equal %w[shared WARN], line.values_at("scope", "level")
    assert_in_delta HEAVY_MB, line["attributed_growth"], HEAVY_DELTA
  end

  # Ruby 3.3 tells when it collects, and what the collector touched is taken off. Before, copies cannot be told
  # from growth while another request grows the process: the bound is what was touched.
  def test_a_request_that_collects_beside_a_heavy_one
    line = line("beside-heavy", "/collects-beside-heavy")
    assert_operator line["touched"], :>, 8
    assert_in_delta HEAVY_MB, line["memory_growth"], 2
    if RUBY_VERSION >= "3.3"
      assert_operator line["attributed_growth"], :<, 1
      assert_equal "INFO", line["level"]
    else
      assert_operator line.fetch("attributed_growth", 0), :<=, line["touched"]
    end
  end

  # Not the collector but the request writes to what it inherited; the process grows by what it adds.
  def test_a_request_that_writes_to_inherited_objects
    line = line("writes", "/writes")
    assert_operator line["touched"], :>, 40
    assert_operator line["attributed_growth"], :<, [ line["memory_growth"], 0 ].max + 1
  end

  def test_children_of_a_process_that_served_count_from_their_own_beginning
    names = %w[alone beside-heavy beside-idle heavy writes]
    assert_equal names, self.class.measured.keys.sort - %w[parent]
    assert_equal [ "exclusive" ], names.map { |name| line(name, "/warm-up")["scope"] }.uniq
    assert_equal [ 1 ], names.map { |name| line(name, "/warm-up")["seq"] }.uniq
  end

  private

  def line(which, url) = self.class.measured.fetch(which).fetch(url)
end
