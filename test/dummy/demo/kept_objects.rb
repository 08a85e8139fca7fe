# frozen_string_literal: true

module Demo
  # What MemoryTracker.report says of the application's own leak, which is small: twenty objects a request.
  class KeptObjects
    LEAK = { endpoint: "OrdersController#preview", class: "Suggestions::Suggestion", location: "app/models/suggestions.rb:" }.freeze
    FEWEST_SAMPLES = 20
    FEWEST_OBJECTS = 0.5 # at the low end of the interval

    # @param report [Hash] of JSON
    def initialize(terminal, report)
      @terminal = terminal
      known = Array(report["endpoints"]).select { |each| each["samples"] >= FEWEST_SAMPLES }
      @endpoints, @others = known.partition { |each| each["sites"].any? && each["kept_objects"]["low"] > FEWEST_OBJECTS }
      @endpoints.sort_by! { |each| -each["kept_objects"]["low"] }
    end

    def show
      @terminal.heading "Who keeps objects in memory (every request sampled; :budget, the default, takes longer)"
      @endpoints.first(3).each { |endpoint| show_endpoint(endpoint) }
      @terminal.say "  nobody" if @endpoints.empty?
      @terminal.say "  of #{@others.size} other endpoints none is seen to keep half an object a request"
    end

    # Whether the leak was found where it is.
    def leak_named?
      leaking = @endpoints.first
      site = leaking && leaking["sites"].first
      !site.nil? && leaking["endpoint"] == LEAK[:endpoint] && site["class"] == LEAK[:class] &&
        site["location"].start_with?(LEAK[:location])
    end

    private
      def show_endpoint(endpoint)
        kept = endpoint["kept_objects"]
        site = endpoint["sites"].first
        row = format("  %-28s keeps %.1f objects a request (%.1f to %.1f): %s from %s",
          endpoint["endpoint"], kept["mean"], kept["low"], kept["high"], site["class"], site["location"])
        @terminal.say @terminal.yellow(row)
      end
  end
end
