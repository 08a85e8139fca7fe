# frozen_string_literal: true

# A response body that grows the process while it is being sent: when the controller's action has
# returned, none of the memory exists yet.
class MemoryStream
  # @param pause [Float] seconds before each chunk
  def initialize(megabytes, chunks:, pause: 0)
    @megabytes = megabytes
    @chunks = chunks
    @pause = pause
  end

  def each
    return to_enum(__method__) unless block_given?

    @chunks.times do |number|
      sleep @pause
      RetainedMemory.keep(@megabytes.fdiv(@chunks))
      yield "chunk #{number + 1} of #{@chunks}\n"
    end
  end
end
