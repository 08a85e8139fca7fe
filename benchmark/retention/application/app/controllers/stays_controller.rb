# frozen_string_literal: true

# What stays for a while.
class StaysController < ApplicationController
  # Not "session", which Rails has and calls.
  def visit
    Sessions.open(seconds: size)
    answer
  end

  def batch
    Batch.add(size)
    answer
  end

  def pool
    Pool.with_connection(&:query)
    answer
  end

  # So many megabytes, of which nothing stays.
  def bloat
    render plain: Array.new(size) { "x" * 1_048_576 }.sum(&:bytesize).to_s
  end
end
