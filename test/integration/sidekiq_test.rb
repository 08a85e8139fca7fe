# frozen_string_literal: true

require_relative "../test_helper"

# Jobs of a real Sidekiq with a real Redis: one run for all of these tests, since each looks only at the
# lines of its own jobs.
class SidekiqTest < Minitest::Test
  extend MeasuredOnce

  JOBS = <<~'RUBY'
    require "logger"
    require "rails"
    require "active_job"
    require "sidekiq"
    require "sidekiq/rails"
    require "memory_tracker/integrations/sidekiq"

    Sidekiq.configure_server do |config|
      config.server_middleware { |chain| chain.add MemoryTracker::Integrations::Sidekiq, threshold: 20, log_file: ENV.fetch("LOG") }
    end

    KEPT = []

    class GrowingJob
      include Sidekiq::Job
      def perform(megabytes) = KEPT << ("x" * (megabytes << 20))
    end

    # Under way while a GrowingJob runs beside it: it starts that itself, and waits for its end.
    class BystandingJob
      include Sidekiq::Job
      sidekiq_options queue: "low"

      def perform(megabytes)
        before = KEPT.size
        GrowingJob.perform_async(megabytes)
        deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 20
        sleep(0.01) until KEPT.size > before || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      end
    end

    class FailingOnceJob
      class NotYet < StandardError; end
      include Sidekiq::Job
      sidekiq_options queue: "low", retry: 3

      def perform
        raise NotYet, "secret details" if (@@calls = (defined?(@@calls) ? @@calls : 0) + 1) == 1
      end
    end

    class MailJob < ActiveJob::Base
      self.queue_adapter = :sidekiq
      queue_as :low
      def perform(_address) = nil
    end
  RUBY

  CLIENT = <<~'RUBY'
    require ARGV[0]
    require "sidekiq/api"
    log = -> { File.exist?(ARGV[1]) ? File.readlines(ARGV[1]).map { |line| JSON.parse(line) }.select { |line| line["event"] == "job" } : [] }
    wait = ->(count) { Eventually.eventually(within: 30, what: "#{count} job lines") { log.call.size >= count } }
    jids = {
      alone: GrowingJob.perform_async(30),
      light: GrowingJob.perform_async(0)
    }
    wait.call(2)
    jids[:bystander] = BystandingJob.perform_async(48)
    wait.call(4)
    jids[:failing] = FailingOnceJob.perform_async
    jids[:mail] = MailJob.perform_later("ada@example.org").provider_job_id
    # Sidekiq waits for 15 seconds and more before a second try; this is what its poller does then.
    retries = Sidekiq::RetrySet.new
    Eventually.eventually(within: 20, what: "the retry") { retries.size == 1 }
    retries.each(&:add_to_queue)
    wait.call(7)
    puts JSON.generate(jids)
  RUBY

  Measurement = Struct.new(:jids, :log, :status, :errors)

  def self.measure
    Dir.mktmpdir do |folder|
      jobs = File.join(folder, "jobs.rb")
      log = File.join(folder, "log")
      File.write(jobs, JOBS)
      RedisServer.open(folder) { |redis| run_jobs(redis, jobs, log) }
    end
  end

  def self.run_jobs(redis, jobs, log)
    environment = { "LOG" => log, "RUBYLIB" => ChildProcess::RUBYLIB, "REDIS_URL" => redis.url }
    server = SidekiqServer.new(jobs, redis: redis, env: environment, queues: %w[default low])
    # Sidekiq says something on standard output too.
    jids = JSON.parse(ChildProcess.run!(CLIENT, arguments: [ jobs, log ], env: environment).out.lines.last)
    status = server.stop
    Measurement.new(jids, TrackerLog.parse(File.binread(log)), status, server.errors)
  ensure
    server&.stop
  end
  private_class_method :run_jobs

  def setup
    skip "redis-server is not installed" unless RedisServer.installed?
  end

  def test_every_job_has_one_line
    assert_equal %w[BystandingJob FailingOnceJob FailingOnceJob GrowingJob GrowingJob GrowingJob MailJob],
                 jobs.map { |line| line["name"] }.sort
    assert_equal (1..7).to_a, jobs.map { |line| line["seq"] }
    assert_equal 0, measured.status.exitstatus, measured.errors
    assert_equal %w[started stopped], measured.log.map { |line| line["event"] } - %w[job process]
  end

  def test_a_job_names_its_class_its_queue_and_its_id
    line = line_of("alone")
    assert_equal [ "job", "GrowingJob", "default", 0 ], line.values_at("event", "name", "queue", "retry")
    %w[request_time memory_before memory_growth allocated_objects gc_stats_after].each { |name| assert_includes line.keys, name }
    %w[url method route status controller fields error].each { |name| refute_includes line.keys, name }
  end

  def test_a_job_that_keeps_thirty_megabytes_warns
    line = line_of("alone")
    assert_equal [ "WARN", 20, "exclusive" ], line.values_at("level", "threshold", "scope")
    assert_in_delta 30, line["attributed_growth"], 1.5
    assert_equal "INFO", line_of("light")["level"]
  end

  def test_a_job_that_waits_beside_a_heavy_one_is_not_blamed
    bystander = line_of("bystander")
    heavy = jobs.select { |line| line["name"] == "GrowingJob" }.max_by { |line| line["memory_growth"] }
    assert_equal [ "low", "INFO", "shared" ], bystander.values_at("queue", "level", "scope")
    assert_in_delta 0, bystander["attributed_growth"], 1
    assert_equal %w[WARN shared], heavy.values_at("level", "scope")
    assert_in_delta 48, heavy["attributed_growth"], 3
  end

  def test_a_job_that_fails_and_is_tried_again_has_a_line_for_each_try
    first, second = jobs.select { |line| line["jid"] == measured.jids["failing"] }
    assert_equal [ "FailingOnceJob", 0, "FailingOnceJob::NotYet" ], first.values_at("name", "retry", "error")
    assert_equal [ "FailingOnceJob", 1, nil ], second.values_at("name", "retry", "error")
    refute_includes measured.log.inspect, "secret details"
  end

  def test_a_job_of_active_job_has_the_name_of_its_class
    line = jobs.find { |each| each["name"] == "MailJob" }
    assert_equal [ measured.jids["mail"], "low", 0 ], line.values_at("jid", "queue", "retry")
    refute_includes measured.log.inspect, "ada@example.org"
  end

  private

  def measured = self.class.measured
  def jobs = measured.log.select { |line| line["event"] == "job" }
  def line_of(which) = jobs.find { |line| line["jid"] == measured.jids.fetch(which) }
end
