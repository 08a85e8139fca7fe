# frozen_string_literal: true

require_relative "../own_extension"

module Attribution
  # Counts the objects that each Ruby thread makes, one by one, by an extension of its own.
  class ObjectOracle
    EXTENSION = Bench::OwnExtension.new(File.expand_path("object_oracle", __dir__))

    # @return [Class] itself, with .count: objects that the calling thread has made since the start
    def self.load
      EXTENSION.load
      start
      self
    end
  end
end
