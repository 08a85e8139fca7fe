# frozen_string_literal: true

require_relative "endpoint"
require_relative "part"

module Retention
  # What one server is asked in one run, and how it samples.
  #
  # mode:: its `retention` option
  # parts:: of the run, one after the other
  class Workload
    PAGES = %w[ home search article feed ].freeze

    attr_reader :name, :mode, :parts, :endpoints

    # @param endpoints [Array<Endpoint>] what this is about; pages that keep nothing are the rest of the traffic
    def initialize(name, endpoints, mode: 0.1, parts: Part.in_two)
      @name = name
      @mode = mode
      @parts = parts
      rest = 1.0 - endpoints.sum(&:share)
      @endpoints = endpoints + PAGES.map { |action| Endpoint.page(action, rest / PAGES.size) }
    end

    def leaks = endpoints.filter_map(&:leak)
    def requests = parts.sum(&:requests)
    def requests_of(endpoint) = parts.sum { |part| part.requests_of(endpoint) }

    # As many samples as a fixed rate lets expect; under a budget that is for the tracker to say.
    def expected_samples(endpoint)
      requests_of(endpoint) * mode if mode.is_a?(Numeric)
    end
  end
end
