# frozen_string_literal: true

class Leaks::ClassVariables
  @@visitors = []

  def self.keep(count)
    count.times { @@visitors << "visitor #{rand(1 << 60)}" } # kept
  end
end
