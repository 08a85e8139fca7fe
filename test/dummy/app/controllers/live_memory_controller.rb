# frozen_string_literal: true

# On its own, because ActionController::Live runs every action of its controller on a second thread.
class LiveMemoryController < ApplicationController
  include ActionController::Live

  def show
    response.headers["Content-Type"] = "text/event-stream"
    chunks = params.fetch(:chunks, 4).to_i.clamp(1, 1000)
    chunks.times do |number|
      RetainedMemory.keep(params.fetch(:mb, 0).to_f.clamp(0.0, 1024.0) / chunks)
      response.stream.write("data: #{number + 1} of #{chunks}\n\n")
    end
  ensure
    response.stream.close
  end
end
