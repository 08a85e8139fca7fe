# frozen_string_literal: true

# A response body that grows the process while it is being sent: when the controller's action has
# returned, none of the memory exists yet.
class MemoryStream
  def initialize(megabytes, chunks:)
    @megabytes = megabytes
    @chunks = chunks
  end

  def each
    return to_enum(__method__) unless block_given?

    @chunks.times do |number|
      RetainedMemory.keep(@megabytes.fdiv(@chunks))
      yield "chunk #{number + 1} of #{@chunks}\n"
    end
  end
end
