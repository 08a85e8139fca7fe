# frozen_string_literal: true

require_relative "../test_helper"

# Jobs of ActiveJob, in a process that has only that: by its threads (:async) and within the caller (:inline).
class ActiveJobTest < TrackerTest
  PREPARE = <<~'RUBY'
    require "logger"
    require "active_job"
    require "memory_tracker/integrations/active_job"
    ActiveJob::Base.logger = Logger.new(nil)
    ActiveJob::Base.queue_adapter = ARGV[1].to_sym
    tracked = MemoryTracker::Middleware.new(->(env) { env["job"].call; [ 200, {}, [ "ok" ] ] }, log_file: ARGV[0], threshold: 20)
    KEPT = []

    class ApplicationJob < ActiveJob::Base
      include MemoryTracker::Integrations::ActiveJob
    end

    module Reports
      class MonthlyJob < ApplicationJob
        queue_as :reports
        def perform(megabytes) = KEPT << ("x" * (megabytes << 20))
      end
    end

    class FlakyJob < ApplicationJob
      class NotYet < StandardError; end
      retry_on NotYet, wait: 0, attempts: 3
      def perform = (raise NotYet, "secret details" if executions < 2)
    end

    class BrokenJob < ApplicationJob
      def perform = raise(ArgumentError)
    end

    lines = lambda do
      MemoryTracker.flush(timeout: 5)
      File.exist?(ARGV[0]) ? File.readlines(ARGV[0]).count { |line| line.include?('"event":"job"') } : 0
    end
    wait = ->(count) { Eventually.eventually(within: 20, what: "#{count} job lines") { lines.call >= count } }
  RUBY

  ALL_KINDS = <<~'RUBY'
    ids = []
    ids << Reports::MonthlyJob.perform_later(30).job_id
    wait.call(1)
    ids << Reports::MonthlyJob.perform_later(0).job_id
    wait.call(2)
    BrokenJob.perform_later rescue nil # :inline raises it here, :async in its thread
    wait.call(3)
    puts JSON.generate(ids)
  RUBY

  %w[async inline].each do |adapter|
    define_method("test_jobs_by_#{adapter}") do
      heavy, light = ChildProcess.run!(PREPARE + ALL_KINDS, arguments: [ log_path, adapter ]).json
      lines = log.events("job")
      assert_equal [ [ heavy, "Reports::MonthlyJob", "reports", 0, "WARN" ], [ light, "Reports::MonthlyJob", "reports", 0, "INFO" ] ],
                   lines.first(2).map { |line| line.values_at("jid", "name", "queue", "retry", "level") }
      assert_in_delta 30, lines.first["attributed_growth"], 1.5
      assert_equal [ [ "BrokenJob", "default", "ArgumentError" ] ], lines.drop(2).map { |line| line.values_at("name", "queue", "error") }
      assert_equal (1..3).to_a, lines.map { |line| line["seq"] }
    end
  end

  # Only :async: the inline adapter has no later.
  def test_a_job_that_is_tried_again_has_a_line_for_each_try
    id = ChildProcess.run!("#{PREPARE}\nputs JSON.generate([ FlakyJob.perform_later.job_id ])\nwait.call(2)",
                           arguments: [ log_path, "async" ]).json.first
    assert_equal [ [ id, "FlakyJob", 0, "FlakyJob::NotYet" ], [ id, "FlakyJob", 1, nil ] ],
                 log.events("job").map { |line| line.values_at("jid", "name", "retry", "error") }
    refute_includes log.bytes, "secret details"
  end

  def test_an_inline_job_within_a_request_leaves_the_request_its_own
    ChildProcess.run!(PREPARE + <<~'RUBY', arguments: [ log_path, "inline" ])
      GC.disable
      InProcessServer.new(tracked).get("/orders", job: -> { Reports::MonthlyJob.perform_later(48) })
    RUBY
    job = log.events("job").first
    request = log.requests.first
    assert_equal [ "exclusive", 0, "WARN" ], job.values_at("scope", "overlap", "level")
    assert_equal [ "exclusive", 0, "WARN" ], request.values_at("scope", "overlap", "level")
    assert_in_delta 48, job["attributed_growth"], 1
    assert_operator request["attributed_growth"], :>=, job["attributed_growth"] - 0.1
    assert_includes request.keys, "touched"
  end

  def test_a_job_of_another_thread_beside_a_request_is_not_the_requests
    ChildProcess.run!(PREPARE + <<~'RUBY', arguments: [ log_path, "async" ])
      GC.disable
      InProcessServer.new(tracked).get("/orders", job: -> { Reports::MonthlyJob.perform_later(48) && wait.call(1) })
    RUBY
    assert_equal %w[shared WARN], log.events("job").first.values_at("scope", "level")
    assert_equal %w[shared INFO], log.requests.first.values_at("scope", "level")
    assert_in_delta 0, log.requests.first["attributed_growth"], 2
  end
end
