# frozen_string_literal: true

ENV["RAILS_ENV"] ||= "production"

# Active Support 7.0 uses Logger without requiring it; a newer concurrent-ruby no longer does so either.
require "logger"
require "rails"
require "action_controller/railtie"
require "active_record/railtie" if ENV.key?("RETENTION_DATABASE")
require "memory_tracker"

module Retention
  class Application < Rails::Application
    MODES = { "budget" => :budget, "false" => false }.freeze

    config.root = File.expand_path("..", __dir__)
    config.load_defaults Rails::VERSION::STRING.to_f

    # A constant, because this application guards nothing and the repository holds no secret.
    config.secret_key_base = "0" * 64
    config.eager_load = true
    config.cache_classes = true
    config.consider_all_requests_local = false
    config.log_level = :fatal
    config.logger = Logger.new(File::NULL)
    config.paths["tmp"] = ENV.fetch("RETENTION_FOLDER")

    if ENV.key?("RETENTION_DATABASE")
      config.paths["config/database"] = File.expand_path("database.yml", __dir__)
    else
      Rails.autoloaders.main.ignore(*%w[ order leaks/records ].map { |name| "#{config.root}/app/models/#{name}.rb" })
    end

    mode = ENV.fetch("RETENTION_MODE")
    config.middleware.use MemoryTracker::Middleware, log_file: File.join(ENV.fetch("RETENTION_FOLDER"), "memory_tracker.log"),
      retention: MODES.fetch(mode) { Float(mode) }
  end
end
