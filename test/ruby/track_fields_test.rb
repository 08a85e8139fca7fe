# frozen_string_literal: true

require_relative "../test_helper"

# The name and the fields of a tracked block come from anywhere: the line is valid JSON whatever they hold
# (TrackerLog refuses anything else), and the block runs.
class TrackFieldsTest < TrackerTest
  TEXTS = {
    "newlines" => "a\nb\r\nc\n{\"level\":\"WARN\"}",
    "quotes and backslashes" => %q("a"\\b'c'\u0041"}),
    "NUL and escapes" => "a\0b\e[31mred\e[0m\a\x7f",
    "separators of other readers" => "a\u2028b\u2029c\u0085d",
    "characters beyond the BMP" => "é🦉",
    "nothing" => ""
  }.freeze

  # What JSON cannot say.
  NO_JSON = {
    "not a number" => Float::NAN,
    "infinity" => -Float::INFINITY,
    "invalid UTF-8" => "caf\xC3\x28",
    "binary" => "\xFF\xFE".b,
    "an object without to_s" => BasicObject.new,
    "something that contains itself" => [].tap { |array| array << array },
    "deep nesting" => 200.times.reduce([]) { |inner, _| [ inner ] }
  }.freeze

  def setup
    super
    middleware(ok)
  end

  TEXTS.each do |what, text|
    define_method("test_#{what.tr(" ", "_")}_in_name_and_fields") do
      assert_equal :value, MemoryTracker.track(text, fields: { "key #{text}" => text }) { :value }
      line = only_block
      assert_equal text, line["name"].to_s
      assert_equal({ "key #{text}" => text }, line["fields"])
    end
  end

  NO_JSON.each do |what, value|
    define_method("test_#{what.tr(" ", "_")}_as_a_field_does_not_stop_the_block") do
      assert_equal :value, MemoryTracker.track("import", fields: { odd: value }) { :value }
      line = only_block
      assert_equal "import", line["name"]
      assert_kind_of Hash, line.fetch("fields", {})
    end
  end

  def test_values_that_json_knows_only_as_text
    MemoryTracker.track(:import, fields: { at: Time.at(0).utc, state: :done, count: 2**80, ratio: 1.5, none: nil, on: true }) { nil }
    line = only_block
    assert_equal "import", line["name"]
    assert_equal({ "at" => "1970-01-01 00:00:00 UTC", "state" => "done", "count" => 2**80, "ratio" => 1.5, "none" => nil, "on" => true },
                 line["fields"])
  end

  def test_names_that_a_line_has_already_stay_inside_fields
    MemoryTracker.track("import", fields: { level: "WARN", event: "request", time: "never", seq: -1 }) { nil }
    line = only_block
    assert_equal [ "INFO", "block", 1 ], line.values_at("level", "event", "seq")
    assert_equal({ "level" => "WARN", "event" => "request", "time" => "never", "seq" => -1 }, line["fields"])
  end

  def test_fields_that_are_too_long_are_left_out_and_named
    MemoryTracker.track("import", fields: { note: "🦉" * 5_000 }) { nil }
    line = only_block
    assert_includes line["truncated"], "fields"
    refute_includes line.keys, "fields"
  end

  def test_a_name_that_is_too_long_is_cut_and_named
    (0..3).each { |offset| MemoryTracker.track("#{"a" * offset}#{"é" * 5_000}") { nil } }
    lines = blocks
    assert_equal 4, lines.size
    lines.each do |line|
      assert_includes line["truncated"], "name"
      assert_match(/\Aa{0,3}é{50,}\z/, line["name"])
    end
  end

  def test_a_name_with_invalid_bytes
    MemoryTracker.track("caf\xC3\x28\xFF".b) { nil }
    assert only_block["name"].start_with?("caf")
  end

  def test_constant_fields_stand_beside_those_of_the_block
    middleware(ok, fields: { service: "shop" })
    MemoryTracker.track("import", fields: { tenant: 7 }) { nil }
    line = only_block
    assert_equal [ "shop", { "tenant" => 7 } ], line.values_at("service", "fields")
  end

  def test_an_object_whose_json_is_none_cannot_break_the_line
    liar = Object.new
    def liar.to_json(*) = "}\n{\"level\":\"WARN\""
    assert_equal :value, MemoryTracker.track("import", fields: { odd: liar }) { :value }
    assert_equal "import", only_block["name"]
  end

  def test_without_any_middleware_the_lines_go_to_standard_output
    result = ChildProcess.run!(%q(puts MemoryTracker.track("import", fields: { tenant: 7 }) { "the value" }))
    value, *lines = result.out.lines.partition { |line| line == "the value\n" }.flatten
    assert_equal "the value\n", value
    lines = TrackerLog.parse(lines.join)
    assert_equal %w[started block stopped], lines.map { |line| line["event"] } - %w[process]
    assert_equal [ "import", { "tenant" => 7 } ], lines.find { |line| line["event"] == "block" }.values_at("name", "fields")
  end

  def test_switched_off_the_block_runs_and_nothing_else_happens
    script = <<~'RUBY'
      MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [] ] }, enabled: false, log_file: ARGV[0]) if ARGV[1] == "middleware"
      raised = (MemoryTracker.track("import") { raise ArgumentError } rescue $!.class)
      value = MemoryTracker.track("import", fields: { odd: BasicObject.new }) { :value }
      puts JSON.generate([ value, raised, MemoryTracker.stats[:tracking] ])
    RUBY
    [ [ "middleware", {} ], [ "none", { "MEMORY_TRACKER_ENABLED" => "0" } ] ].each do |mode, env|
      result = ChildProcess.run!(script, arguments: [ log_path, mode ], env: env)
      assert_equal [ "value", "ArgumentError", false ], result.json
      refute_path_exists log_path
    end
  end

  private

  def blocks
    assert MemoryTracker.flush(timeout: 5), "flush did not finish"
    log.events("block")
  end

  def only_block
    lines = blocks
    assert_equal 1, lines.size
    lines.first
  end
end
