# frozen_string_literal: true

class Order < ApplicationRecord
  has_many :items, dependent: :delete_all

  validates :customer, presence: true

  scope :placed_in, ->(year) { where(placed_on: Date.new(year)..Date.new(year).end_of_year) }

  def cents
    items.sum(&:total)
  end

  def as_json(*)
    { id: id, customer: customer, placed_on: placed_on, cents: cents, items: items.map { |item| item.slice(:name, :quantity, :cents) } }
  end
end
