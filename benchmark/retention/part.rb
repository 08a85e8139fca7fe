# frozen_string_literal: true

module Retention
  # A part of a run: a rest, then requests.
  #
  # pace:: requests a second; nil: as many as the server answers
  class Part
    # What is younger than 75 seconds has not shown the tracker that it stays. So a run is two bursts with a rest
    # between them, in which the machine is free for other runs.
    REST_SECONDS = 77

    attr_reader :requests, :rest, :pace

    def self.in_two(first = 4_000, second = 4_000)
      [ new(first), new(second, rest: REST_SECONDS) ]
    end

    def self.paced(requests, pace) = [ new(requests, pace: pace) ]

    def initialize(requests, rest: 0, pace: nil)
      @requests = requests
      @rest = rest
      @pace = pace
    end

    def requests_of(endpoint) = (requests * endpoint.share).round

    # @return [Array<String>] every endpoint's exact share, in an order that is the same for the same seed
    def paths(endpoints, random)
      endpoints.flat_map { |endpoint| Array.new(requests_of(endpoint)) { endpoint.path(random) } }.shuffle(random: random)
    end
  end
end
