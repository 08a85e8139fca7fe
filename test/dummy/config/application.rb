# frozen_string_literal: true

ENV["RAILS_ENV"] ||= "production"

# Active Support 7.0 uses Logger without requiring it; a newer concurrent-ruby no longer does so either.
require "logger"
require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "active_job/railtie"
require "memory_tracker"

module Dummy
  class Application < Rails::Application
    config.root = File.expand_path("..", __dir__)
    config.load_defaults Rails::VERSION::STRING.to_f

    # A constant, because this application guards nothing and the repository holds no secret.
    config.secret_key_base = "0" * 64
    config.action_controller.allow_forgery_protection = false

    config.eager_load = true
    config.cache_classes = true
    config.consider_all_requests_local = false
    config.public_file_server.enabled = true
    config.log_level = :warn
    config.active_record.migration_error = false
    config.filter_parameters += [ :token, :password ]

    # DUMMY_LOG_FILE, because an argument given here wins over MEMORY_TRACKER_LOG_FILE.
    config.middleware.use MemoryTracker::Middleware, threshold: 20,
      log_file: ENV.fetch("DUMMY_LOG_FILE") { Rails.root.join("log/memory_tracker.log") }
  end
end
