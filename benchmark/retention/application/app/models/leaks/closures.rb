# frozen_string_literal: true

module Leaks::Closures
  LATER = []

  def self.keep(count)
    pages = Array.new(count) { |number| "page #{number}" } # kept
    LATER << -> { pages.size } # kept
  end
end
