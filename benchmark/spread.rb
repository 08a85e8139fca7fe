# frozen_string_literal: true

module Bench
  # Where the figures of many rounds lie. Of times the first decile counts: the rest is what other
  # programs did to this one.
  module Spread
    module_function

    def first_decile(values) = values.sort[values.size / 10]
    def median(values) = values.sort[values.size / 2]
    def percentile(values, percent) = values.sort[[ (values.size * percent / 100.0).ceil, 1 ].max - 1]
  end
end
