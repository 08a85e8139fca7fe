# frozen_string_literal: true

# The application of benchmark/retention.rb. What is asked of it comes from there by the environment.

require_relative "config/application"

Rails.application.initialize!
Calibration.write(ENV["RETENTION_TRUTH"]) if ENV["RETENTION_TRUTH"]

# Not through the tracker, so that looking at it is no request.
map("/figures") { run Figures.new }
map("/") { run Rails.application }
