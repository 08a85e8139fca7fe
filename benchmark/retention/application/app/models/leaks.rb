# frozen_string_literal: true

# Every way to keep what should have gone, each in a file of its own. The lines that make what is kept end in
# "# kept", by which the benchmark knows them.
module Leaks
  KINDS = %w[ objects strings closures class_variables thread_locals callbacks default_hashes symbols structs
              frozen_strings records ].freeze

  def self.of(kind) = const_get(kind.camelize)
end
