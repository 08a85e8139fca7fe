# frozen_string_literal: true

# Each action keeps what its namesake in Leaks keeps.
class LeaksController < ApplicationController
  Leaks::KINDS.each do |kind|
    define_method(kind) do
      Leaks.of(kind).keep(size)
      answer
    end
  end
end
