# frozen_string_literal: true

require "rails/generators/base"

module MemoryTracker
  module Generators
    # rails generate memory_tracker:install
    class InstallGenerator < ::Rails::Generators::Base
      source_root File.expand_path("templates", __dir__)
      desc "Writes config/initializers/memory_tracker.rb, with every option and its default in a comment."

      def create_initializer
        template "memory_tracker.rb.tt", "config/initializers/memory_tracker.rb"
      end

      def explain
        say <<~TEXT

          Every request is now a line in log/memory_tracker.log. Where config/application.rb already has
          `config.middleware.use MemoryTracker::Middleware`, remove one of the two: only the outer one measures.
        TEXT
      end
    end
  end
end
