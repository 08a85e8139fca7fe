# frozen_string_literal: true

class ApplicationController < ActionController::Base
  private
    def size = Integer(params[:size])

    # Every answer takes some memory, as answers do: the collector has work, and major collections come by themselves.
    def answer(kilobytes: 6)
      render plain: Array.new(kilobytes) { |number| "#{number} " * 500 }.sum(&:bytesize).to_s
    end
end
