# frozen_string_literal: true

module Leaks::FrozenStrings
  TAGS = []

  def self.keep(count)
    count.times { TAGS << -"tag #{rand(1 << 60)}" } # kept
  end
end
