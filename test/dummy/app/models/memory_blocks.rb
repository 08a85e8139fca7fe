# frozen_string_literal: true

# Makes memory whose size is known, so that a test can compare what the tracker says with the truth.
module MemoryBlocks
  MEGABYTE = 1_048_576
  MALLOC_HEADER = 8
  SLOT = 40
  REFERENCE = 8

  # The object's slot, its reference in the array and malloc's chunk make exactly 1 KiB.
  SMALL = 1024
  SMALL_LENGTH = SMALL - SLOT - REFERENCE - MALLOC_HEADER - 1

  # Large enough for malloc to map it: 256 pages with the 16 bytes in front and the NUL byte behind.
  LARGE = MEGABYTE
  LARGE_LENGTH = LARGE - 17

  def self.make(megabytes, piece: "large")
    length, size = piece == "small" ? [ SMALL_LENGTH, SMALL ] : [ LARGE_LENGTH, LARGE ]
    # Every page is written to, because a page that nobody touched is not resident.
    Array.new((megabytes * MEGABYTE / size).round) { "x" * length }
  end
end
