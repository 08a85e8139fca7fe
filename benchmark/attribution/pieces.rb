# frozen_string_literal: true

require "etc"

module Attribution
  MEGABYTE = 1_048_576
  PAGE_BYTES = Etc.sysconf(Etc::SC_PAGESIZE)

  def self.round_up(bytes, step) = (bytes + step - 1) / step * step

  # What memory is kept in. Every kind is chosen so that what it adds to the process is known before it
  # is made: none of it can come out of memory that the process has already.
  module Pieces
    # Strings of 1 MB. The server's malloc is told to map everything above 128 KB by itself (see Server),
    # so each is fresh from the kernel, and goes back to it when it is freed. The default, where malloc
    # raises that limit to the size of what was freed, would make the truth depend on the neighbours.
    module Large
      # In front of what malloc maps by itself.
      HEADER_BYTES = 16
      # Ruby ends every string with a NUL, which here lies on a page of its own.
      PIECE_BYTES = Attribution.round_up(HEADER_BYTES + MEGABYTE + 1, PAGE_BYTES)

      def self.count(megabytes) = megabytes
      def self.make = "x" * MEGABYTE
      def self.bytes(megabytes) = count(megabytes) * PIECE_BYTES
    end

    # The same, filled by the kernel while the thread reads, which it does without the GVL.
    module Read
      ZEROS = File.open("/dev/zero")
      PIECE_BYTES = Large::PIECE_BYTES

      def self.count(megabytes) = megabytes
      def self.make = ZEROS.pread(MEGABYTE, 0)
      def self.bytes(megabytes) = count(megabytes) * PIECE_BYTES
    end

    # Strings of 1,000 bytes: a slot of Ruby's heap and a piece of malloc's each. Both are reused once
    # they are freed, so the truth is known only in a server that has filled up what was free and then
    # stopped its collector (see Workload#settle): all that these take is new from there on.
    module Small
      LENGTH = 1_000
      SLOT_BYTES = GC::INTERNAL_CONSTANTS.values_at(:BASE_SLOT_SIZE, :RVALUE_SIZE).compact.first
      # With its NUL and malloc's word in front, in steps of 16.
      PIECE_BYTES = SLOT_BYTES + Attribution.round_up(LENGTH + 1 + 8, 16)

      def self.count(megabytes) = megabytes * MEGABYTE / PIECE_BYTES
      def self.make = "x" * LENGTH
      def self.bytes(megabytes) = count(megabytes) * (PIECE_BYTES + REFERENCE_BYTES)
    end

    # Objects without anything of malloc's, as small as Ruby has them. The same holds for them.
    module Tiny
      def self.count(megabytes) = megabytes * MEGABYTE / Small::SLOT_BYTES
      def self.make = Object.new
      def self.bytes(megabytes) = count(megabytes) * (Small::SLOT_BYTES + REFERENCE_BYTES)
    end

    # Each piece stands in an Array.
    REFERENCE_BYTES = 8

    BY_NAME = { "large" => Large, "read" => Read, "small" => Small, "tiny" => Tiny }.freeze
  end
end
