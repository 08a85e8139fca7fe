# frozen_string_literal: true

module Leaks::Structs
  Visit = Struct.new(:page, :number)
  VISITS = []

  def self.keep(count)
    count.times { |number| VISITS << Visit.new("page #{rand(1 << 60)}", number) } # kept
  end
end
