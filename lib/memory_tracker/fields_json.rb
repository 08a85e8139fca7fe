# frozen_string_literal: true

require "json"

module MemoryTracker
  # Fields of the application's as JSON that goes into a line as it is: ASCII only, so that no
  # character of theirs can end a line or change a terminal; read back, because an object may have a
  # to_json of its own that writes what it likes, and names may be equal as text.
  module FieldsJson
    # @param fields [Hash]
    # @return [String] an object
    # @raise [StandardError] where they are not representable
    def self.generate(fields)
      # DEL counts as ASCII there, and stands in strings alone.
      JSON.generate(JSON.parse(JSON.generate(fields)), ascii_only: true).gsub("\x7f") { "\\u007f" }
    end
  end
end
