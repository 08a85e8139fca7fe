# frozen_string_literal: true

# Endpoints whose effect on memory is known to the byte.
class MemoryController < ApplicationController
  LONGEST_SLEEP = 30.0

  class DeliberateError < StandardError
  end

  def retain
    render json: { kept: RetainedMemory.keep(megabytes, piece: params.fetch(:piece, "large")) }
  end

  def release
    RetainedMemory.release
    render json: { released: true }
  end

  def churn
    render json: { churned: MemoryBlocks.make(megabytes, piece: params.fetch(:piece, "large")).sum(&:bytesize) }
  end

  def stream
    # Without it, Rack::ETag of Rack 2 reads the whole body before the first byte is sent.
    response.headers["Last-Modified"] = Time.now.httpdate
    response.headers["Content-Type"] = "text/plain"
    self.response_body = MemoryStream.new(megabytes, chunks: params.fetch(:chunks, 4).to_i.clamp(1, 1000),
                                          pause: params.fetch(:pause, 0).to_f.clamp(0.0, LONGEST_SLEEP))
  end

  def raise_error
    RetainedMemory.keep(megabytes) if params[:mb]
    raise DeliberateError, "raised on request"
  end

  def sleep
    seconds = params.fetch(:seconds, 0.1).to_f.clamp(0.0, LONGEST_SLEEP)
    Kernel.sleep(seconds)
    render json: { slept: seconds }
  end

  # Takes a while and needs next to no memory: whoever blames it for a neighbour's growth is wrong.
  def bystander
    Kernel.sleep(params.fetch(:seconds, 0.05).to_f.clamp(0.0, LONGEST_SLEEP))
    render json: { pid: Process.pid }
  end

  def stats
    render json: MemoryTracker.stats
  end

  def report
    render json: MemoryTracker.report
  end

  private
    def megabytes
      params.fetch(:mb, 1).to_f.clamp(0.0, 1024.0)
    end
end
