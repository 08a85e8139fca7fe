# frozen_string_literal: true

module Leaks::DefaultHashes
  VISITS = Hash.new do |visits, visitor|
    visits[visitor] = [] # kept
  end

  def self.keep(count)
    count.times { VISITS["visitor #{rand(1 << 60)}"] << count } # kept
  end
end
