# frozen_string_literal: true

module Retention
  # Lets so many runs work at the same time; those that rest meanwhile are not counted.
  class Gate
    def initialize(width)
      @places = Queue.new
      width.times { @places << true }
    end

    def pass
      place = @places.pop
      yield
    ensure
      @places << place if place
    end
  end
end
