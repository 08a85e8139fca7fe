# frozen_string_literal: true

class Item < ApplicationRecord
  belongs_to :order

  def total
    quantity * cents
  end
end
