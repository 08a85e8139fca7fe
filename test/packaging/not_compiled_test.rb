# frozen_string_literal: true

require_relative "../test_helper"

# The gem where it tracks nothing: installed on a Mac, with its compiled extension missing on Linux, and
# switched off by MEMORY_TRACKER_ENABLED. The application boots and answers, and so does every method.
module NotTrackingTests
  include OwnFolder

  EVERY_METHOD = <<~'RUBY'
    require "json"
    require "logger"
    require "rack"
    require "active_job"
    require "memory_tracker"
    require "memory_tracker/integrations/sidekiq"
    require "memory_tracker/integrations/active_job"

    ActiveJob::Base.logger = Logger.new(nil)
    class Job < ActiveJob::Base
      include MemoryTracker::Integrations::ActiveJob
      def perform = "performed"
    end

    response = [ 200, {}, [ "served" ] ]
    application = lambda do |env|
      raise "broken" if env["PATH_INFO"] == "/broken"

      response
    end
    before = MemoryTracker.stats
    tracked = MemoryTracker::Middleware.new(application, log_file: ARGV[0], flight_recorder: ARGV[1], fields: { service: "shop" })
    other = MemoryTrackerMiddleware.new(application, threshold: 1, log_file: "#{ARGV[0]}.other")
    tracker = MemoryTracker.tracker
    callbacks = []
    answers = {
      untouched: [ tracked, other ].map { |each| each.call(Rack::MockRequest.env_for("/", "rack.response_finished" => callbacks)).equal?(response) },
      callbacks: callbacks.size,
      raised: (tracked.call(Rack::MockRequest.env_for("/broken")) rescue $!.message),
      block: MemoryTracker.track("import", fields: { tenant: 7 }) { MemoryTracker.track("part") { "imported" } },
      block_raised: (MemoryTracker.track("import") { raise "half" } rescue $!.message),
      job: Job.perform_now,
      sidekiq: MemoryTracker::Integrations::Sidekiq.new.call(nil, { "class" => "Job", "jid" => "1" }, "default") { "worked" },
      flush: [ MemoryTracker.flush, MemoryTracker.flush(timeout: 0.1) ],
      tracker: [ tracked.tracker.tracking?, tracker.configuration.threshold, tracker.flush(timeout: 0.1) ],
      stats: MemoryTracker.stats, stats_before: before,
      stop: [ MemoryTracker.stop, MemoryTracker.stop(timeout: 0.1) ],
      after: [ MemoryTracker.tracker, MemoryTracker.flush, tracked.call(Rack::MockRequest.env_for("/")).equal?(response) ],
      version: MemoryTracker::VERSION,
      threads: Dir["/proc/self/task/*"].size
    }
    puts JSON.generate(answers)
  RUBY

  def test_every_public_method_answers
    recorders = File.join(folder, "recorders")
    Dir.mkdir(recorders)
    threads = gem.run("puts Dir['/proc/self/task/*'].size").out.to_i
    result = gem.run(EVERY_METHOD, arguments: [ log_path, recorders ], env: environment)
    assert_predicate result, :success?, result.err
    answers = result.json
    assert_equal [ [ true, true ], 0, "broken" ], answers.values_at("untouched", "callbacks", "raised")
    assert_equal %w[imported half performed worked], answers.values_at("block", "block_raised", "job", "sidekiq")
    assert_equal [ [ true, true ], [ false, 1, true ], [ true, true ], [ nil, true, true ] ],
                 answers.values_at("flush", "tracker", "stop", "after")
    assert_equal threads, answers["threads"]
    assert_stats answers["stats"]
    assert_equal false, answers["stats_before"]["tracking"]
    assert_equal warnings, result.err.lines.size, result.err
    assert_match reason, result.err if warnings.positive?
    assert_empty Dir.children(folder) - [ "recorders" ]
    assert_empty Dir.children(recorders)
  end

  def test_a_rails_application_on_puma
    DummyServer.open(folder, env: gem.environment.merge(environment)) do |server|
      assert_equal "200", server.client.get("/orders").code
      assert_equal "500", server.client.get("/memory/raise").code
      assert_stats JSON.parse(server.client.get("/memory/stats").body)
      server.stop
      assert_equal warnings, server.errors.scan("memory_tracker: ").size, server.errors
      assert_empty server.log.bytes
    end
  end

  def test_the_rails_generator
    application = File.join(folder, "application")
    FileUtils.cp_r(DummyServer::ROOT, application)
    rails = "APP_PATH = #{File.join(application, "config", "application").inspect}; require 'rails/commands'"
    generated = gem.run(rails, arguments: %w[generate memory_tracker:install], env: environment, chdir: application)
    assert_predicate generated, :success?, generated.err
    assert_path_exists File.join(application, "config", "initializers", "memory_tracker.rb")
    booted = gem.run(rails, arguments: [ "runner", "puts Rails.application.call(Rack::MockRequest.env_for('/orders')).first" ],
                     env: environment.merge("RAILS_ENV" => "production", "DUMMY_LOG_FILE" => log_path), chdir: application)
    assert_equal "200", booted.out.lines.last&.chomp, booted.err
    assert_equal warnings, booted.err.scan("memory_tracker: ").size, booted.err
  end

  private

  def log_path = File.join(folder, "memory_tracker.log")

  def assert_stats(stats)
    assert_equal MemoryTracker.stats.keys.map(&:to_s).sort, stats.keys.sort
    assert_equal [ false, 0, 0, nil ], stats.values_at("tracking", "requests", "lines", "recorder")
    assert_match reason, stats["reason"]
    assert_equal [ stats["reason"] ], stats["degraded"]
  end
end

# One installation for both: what was installed on a Mac has no extension, wherever it then runs.
module InstalledOnAMac
  def self.gem
    @gem ||= begin
      folder = Dir.mktmpdir("memory_tracker")
      Minitest.after_run { FileUtils.remove_entry(folder) }
      InstalledGem.new(folder, env: ENVIRONMENT)
    end
  end

  ENVIRONMENT = { "RUBYOPT" => "-r#{File.expand_path("../support/preloads/on_a_mac", __dir__)}" }.freeze
end

class InstalledOnAMacTest < Minitest::Test
  include NotTrackingTests

  def test_nothing_is_compiled_and_the_installation_says_so
    assert_empty Dir.glob("#{gem.home}/**/*.{so,bundle,o}")
    assert_match(/Linux.*CRuby.*arm64-darwin23.*nothing is compiled/, gem.compilation)
    refute_match(/mkmf|checking for/, gem.compilation)
  end

  def test_the_command_says_why_it_cannot
    command = [ RbConfig.ruby, File.join(gem.home, "bin", "memory_tracker") ]
    version = ChildProcess.command([ *command, "--version" ], env: gem.environment.merge(environment))
    assert_equal MemoryTracker::VERSION, version.out.chomp, version.err
    recovery = ChildProcess.command([ *command, "recover", folder ], env: gem.environment.merge(environment))
    assert_equal 1, recovery.status.exitstatus
    assert_match reason, recovery.err
  end

  private

  def gem = InstalledOnAMac.gem
  def environment = InstalledOnAMac::ENVIRONMENT
  def reason = /Linux with CRuby only.*arm64-darwin23/
  def warnings = 1
end

class WithoutExtensionTest < Minitest::Test
  include NotTrackingTests

  private

  def gem = InstalledOnAMac.gem
  def environment = {}
  def reason = /not loaded.*gem pristine memory_tracker/
  def warnings = 1
end

# Switched off on purpose is no reason to complain.
class SwitchedOffTest < Minitest::Test
  include NotTrackingTests

  TRACKING = "require 'memory_tracker'; print MemoryTracker::Middleware.new(nil).tracker.tracking?"

  # What this checkout has compiled, as a gem would be loaded.
  class Checkout
    def home = DummyServer::ROOT
    def environment = { "RUBYLIB" => ChildProcess::RUBYLIB }

    def run(script, arguments: [], env: {}, chdir: home)
      ChildProcess.command([ RbConfig.ruby, "-e", script, "--", *arguments ], env: environment.merge(env), chdir: chdir)
    end
  end

  def test_each_word_for_no
    %w[0 false no off OFF].each do |word|
      result = gem.run(TRACKING, env: { "MEMORY_TRACKER_ENABLED" => word })
      assert_equal [ "false", "" ], [ result.out, result.err ], word
    end
  end

  def test_without_the_extension_it_does_not_complain_either
    result = InstalledOnAMac.gem.run(TRACKING, env: environment)
    assert_equal [ "false", "" ], [ result.out, result.err ]
  end

  # What the stand-in has not is the extension's business with the middleware alone.
  def test_the_stand_in_has_the_trackers_methods
    internal = %i[track call perform note_query_cache note_url]
    assert_empty MemoryTracker::Tracker.public_instance_methods(false) - internal - MemoryTracker::NullTracker.public_instance_methods(false)
    tracker = MemoryTracker::Middleware.new(nil, log_file: log_path).tracker
    assert_equal tracker.stats.keys.sort, MemoryTracker::NullTracker.new("").stats.keys.sort
  ensure
    MemoryTracker.stop
  end

  private

  def gem = Checkout.new
  def environment = { "MEMORY_TRACKER_ENABLED" => "0" }
  def reason = /switched off/
  def warnings = 0
end
