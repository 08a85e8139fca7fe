# frozen_string_literal: true

require_relative "../test_helper"

# The built gem in an empty GEM_HOME: compiled there, loaded from there, at work in a plain Rack application
# and on Puma in the Rails application of bin/demo. Once as this system has it, once as on a system without
# libproc2.
module InstalledGemTests
  PLAIN_APPLICATION = <<~'RUBY'
    require "json"
    require "rack"
    require "memory_tracker"
    application = MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "served" ] ] }, log_file: ARGV[0], fields: { service: "shop" })
    _, _, body = application.call(Rack::MockRequest.env_for("/orders/42"))
    body.each { |text| print text }
    body.close
    MemoryTracker.stop
    print " ", $LOADED_FEATURES.grep(/memory_tracker\.so/).first
  RUBY

  # Fields whose figures come from process_memory_source.
  PROCESS_MEMORY = %w[rss anonymous file shared swap peak pss uss].freeze

  Rails = Struct.new(:lines, :stats, :truth)

  def self.included(test)
    test.extend MeasuredOnce
    test.extend Installation
  end

  # Done once for a class.
  module Installation
    def folder
      @folder ||= Dir.mktmpdir("memory_tracker").tap { |path| Minitest.after_run { FileUtils.remove_entry(path) } }
    end

    def gem = (@gem ||= InstalledGem.new(File.join(folder, "gems"), env: environment))

    def measure
      environment = gem.environment.merge("MEMORY_TRACKER_PROCESS_SAMPLE_INTERVAL" => "0.1")
      DummyServer.open(folder, env: environment) do |server|
        server.client.get("/memory/retain?mb=30")
        stats = JSON.parse(server.client.get("/memory/stats").body)
        server.lines_of("/memory/stats")
        lines = next_process_line(server.log)
        Rails.new(lines, stats, ProcessFigures.new(server.pid).to_h.transform_keys(&:to_s))
      end
    end

    private

    # A line of the time after all requests, with everything before it.
    def next_process_line(log)
      seen = log.lines.size
      Eventually.eventually(what: "a process line") do
        log.lines.then { |lines| lines if lines.drop(seen).any? { |line| line["event"] == "process" && line["pss"] } }
      end
    end
  end

  def test_it_works_in_a_plain_rack_application
    refute_empty gem.libraries, gem.output
    log = File.join(self.class.folder, "plain.log")
    result = gem.run(PLAIN_APPLICATION, arguments: [ log ])
    assert_predicate result, :success?, result.err
    assert_empty result.err
    served, library = result.out.split
    assert_equal "served", served
    assert library.start_with?(gem.home), "loaded from #{library}"
    assert_equal [ [ "/orders/42", "shop" ] ], TrackerLog.new(log).requests.map { |line| line.values_at("url", "service") }
  end

  def test_it_runs_the_rails_application_on_puma
    events = rails.lines.map { |line| line["event"] }
    assert_equal %w[process request started], events.uniq.sort
    retained = rails.lines.find { |line| line["url"] == "/memory/retain" }
    assert_equal [ "WARN", "/memory/retain", 200 ], retained.values_at("level", "route", "status")
    assert_in_delta 30, retained["attributed_growth"], 2
    assert_equal [ true, [] ], rails.stats.values_at("tracking", "degraded")
  end

  def test_the_process_line_is_what_the_kernel_says
    line = rails.lines.reverse.find { |each| each.key?("pss") }
    assert_empty PROCESS_MEMORY - line.keys
    (PROCESS_MEMORY - [ "pss" ]).each { |name| assert_in_delta rails.truth[name], line[name], 4, name }
    # Its share of pages changes with every other process that has the same libraries.
    assert_includes (line["uss"] - 4)..(line["rss"] + 4), line["pss"]
    assert_in_delta rails.truth["threads"], line["threads"], 2
  end

  def test_the_cross_check_at_boot
    check = rails.stats["rss_check"]
    assert check["agrees"], check.inspect
    assert_in_delta check["statm_kib"], check["process_memory_kib"], 1024
    assert_operator check["process_memory_kib"], :>, 20 * 1024
  end

  # Linux before 4.14, and gVisor.
  def test_a_kernel_without_the_rollup_is_told_once
    skip "mounting takes root, and a root that is a mount point" unless system("unshare", "--mount", "true", err: File::NULL)

    script = <<~'RUBY'
      exit 77 unless system("mount", "--bind", "/dev/null", "/proc/#{Process.pid}/smaps_rollup", err: File::NULL)
      require "rack"
      require "memory_tracker"
      application = MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "ok" ] ] }, log_file: ARGV[0], process_sample_interval: 0.02)
      application.call(Rack::MockRequest.env_for("/"))[2].close
      sleep 0.01 until File.exist?(ARGV[0]) && File.read(ARGV[0]).scan('"event":"process"').size >= 3
      puts MemoryTracker.stats[:degraded]
    RUBY
    log = File.join(self.class.folder, "rollup.log")
    # A mount namespace of its own, so that the mount ends with the process.
    result = gem.run(script, arguments: [ log ], under: %w[unshare --mount])
    skip "this kernel lets no root mount there" if result.status.exitstatus == 77

    assert_predicate result, :success?, result.err
    assert_match(/smaps_rollup.*pss and uss/, result.out)
    assert_equal 1, result.err.scan("smaps_rollup").size, result.err
    lines = TrackerLog.new(log).events("process")
    assert_empty lines.flat_map(&:keys) & %w[pss uss pss_age]
    assert_empty (PROCESS_MEMORY - %w[pss uss]) - lines.last.keys
  end

  private

  def gem = self.class.gem
  def rails = self.class.measured
  def linked = ChildProcess.command([ "objdump", "-p", gem.libraries.first ]).out.scan(/NEEDED\s+(\S+)/).flatten
end

class InstalledGemTest < Minitest::Test
  include InstalledGemTests

  def self.environment = { "MEMORY_TRACKER_WERROR" => "1" }

  def test_the_source_of_the_process_lines_is_libproc2
    assert_equal "libproc2 #{MemoryTracker::LIBPROC2_COMPILED_VERSION}", rails.stats["process_memory_source"]
    refute_empty linked.grep(/libproc2/)
  end
end

class InstalledWithoutLibproc2Test < Minitest::Test
  include InstalledGemTests

  def self.environment = HiddenLibrary.new("libproc2", folder).environment.merge("MEMORY_TRACKER_WERROR" => "1")

  def test_the_source_of_the_process_lines_is_proc
    assert_equal "/proc", rails.stats["process_memory_source"]
    started = rails.lines.find { |line| line["event"] == "started" }
    assert_equal "/proc", started["process_memory_source"]
    assert_empty linked.grep(/libproc2/)
    assert_match(/libproc2.* was not found/, gem.compilation)
    assert_equal "nil nil", gem.run("require 'memory_tracker'; print [ MemoryTracker::LIBPROC2_COMPILED_VERSION, " \
                                    "MemoryTracker::LIBPROC2_LOADED ].map(&:inspect).join(' ')").out
  end
end
