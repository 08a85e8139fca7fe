# frozen_string_literal: true

module MemoryTracker
  # Makes log/memory_tracker.log the default of a Rails application. The middleware itself is put
  # into the stack by the application, which knows where.
  class Railtie < ::Rails::Railtie
    initializer "memory_tracker.defaults" do |app|
      Configuration.defaults[:log_file] = app.root.join("log/memory_tracker.log")
    end
  end
end
