# frozen_string_literal: true

# The leak: what is put here stays until somebody asks for its release.
module RetainedMemory
  KEPT = []
  private_constant :KEPT

  def self.keep(megabytes, piece: "large")
    KEPT << MemoryBlocks.make(megabytes, piece: piece)
    megabytes
  end

  def self.release
    KEPT.clear
    GC.start
  end
end
