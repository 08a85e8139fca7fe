# frozen_string_literal: true

module MemoryTracker
  # Makes log/memory_tracker.log the default of a Rails application, and lets the measuring begin at
  # the front of its stack.
  #
  # `config.middleware.use` puts a middleware behind everything, where static files, redirects to
  # https and what else Rails answers by itself never come by. So the same tracker also stands in
  # front; the middleware at the application's own place then finds the request tracked already.
  class Railtie < ::Rails::Railtie
    # Stands in front of the stack when the application uses {Middleware} anywhere in it, which is
    # known by then: a stack is built from the inside.
    module Front
      # @param app [#call] the whole stack
      # @return [#call]
      def self.new(app)
        tracker = Registry.latest
        tracker&.tracking? ? Middleware.new(app, tracker: tracker) : app
      end
    end

    initializer "memory_tracker.defaults" do |app|
      Configuration.defaults[:log_file] = app.root.join("log/memory_tracker.log")
      app.config.middleware.insert_before 0, Front
    end
  end
end
