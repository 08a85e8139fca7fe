# frozen_string_literal: true

module Bench
  # Where the figures of many rounds lie. Of times the first decile counts: the rest is what other
  # programs did to this one.
  module Spread
    module_function

    def first_decile(values) = values.sort[values.size / 10]
    def median(values) = values.sort[values.size / 2]

    # @param rounds [Array<Hash>] what each round found
    # @return [Hash] the median of each figure
    def medians(rounds) = rounds.first.keys.to_h { |figure| [ figure, median(rounds.map { |round| round.fetch(figure) }) ] }

    def percentile(values, percent) = values.sort[[ (values.size * percent / 100.0).ceil, 1 ].max - 1]
  end
end
