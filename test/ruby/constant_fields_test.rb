# frozen_string_literal: true

require_relative "../test_helper"

# The option `fields` puts what it is given onto every line, and no line is the worse for it.
class ConstantFieldsTest < TrackerTest
  HOSTILE = { "quotes" => %q("}{\\), "newlines" => "a\r\nb", "escapes" => "\e[31m\u009b31m\a\x7f", "separators" => "\u0085\u2028\u2029",
              "owl\u202e" => "é🦉" }.freeze

  # Lines with all that a line can have: each event, and what only some of them say.
  SCRIPT = <<~'RUBY'
    serve "/orders/1?q=1"
    SERVER.get("/#{"a" * 5000}", HTTP_X_REQUEST_ID: "id")
    begin
      MemoryTracker.track("import", fields: { tenant: 7 }) { raise "broken" }
    rescue RuntimeError
    end
    MemoryTracker.tracker.track_job("ImportJob", jid: "a", queue: "b", retry: 0) { $kept = "x" * (40 << 20) }
    hang "/hangs"
    MemoryTracker.flush(timeout: 10)
    sleep
  RUBY
  # These are told by a Rails process, a fuller queue, a fiber server or another Ruby.
  ELSEWHERE = %w[rails controller action query_cache_before query_cache_after count total unclosed gc_wait_ms allocated_bytes
                 freed_bytes oom_kill torn pss uss pss_age cgroup allocator_stats].freeze

  def test_no_name_that_a_line_has_can_be_given_away
    names = lines_of_a_whole_life.flat_map(&:keys).uniq | ELSEWHERE
    assert_empty %w[found_by fields jid ruby peak error] - names, "not all of a life was seen"
    names.each do |name|
      assert_raises(MemoryTracker::ConfigurationError, name) { MemoryTracker::Configuration.new(fields: { name => 1 }) }
    end
  end

  def test_whatever_they_hold_every_line_is_printable_ascii
    serving(ok, fields: HOSTILE).get("/")
    MemoryTracker.stop
    assert_operator log.lines.size, :>=, 3
    log.lines.each { |line| assert_equal HOSTILE, line.slice(*HOSTILE.keys) }
    refute_match(/[^\x20-\x7e\n]/n, log.bytes.b)
  end

  def test_an_object_whose_json_is_none_is_refused
    liar = Object.new
    def liar.to_json(*) = "1}\n{\"level\":\"WARN\""
    error = assert_raises(MemoryTracker::ConfigurationError) { middleware(ok, fields: { odd: liar }) }
    assert_match(/fields/, error.message)
  end

  private

  def lines_of_a_whole_life
    victim = Victim.new(folder, log: log_path, script: SCRIPT, env: { "MEMORY_TRACKER_PROCESS_SAMPLE_INTERVAL" => "0.01" })
    victim.hear("in flight")
    eventually { %w[process job].all? { |event| log.events(event).any? } }
    victim.kill
    Victim.new(folder, log: log_path, script: "serve\nMemoryTracker.stop").wait
    lines = log.lines
    assert_equal %w[block job process request started stopped worker_died], lines.map { |line| line["event"] }.uniq.sort
    lines
  end
end
