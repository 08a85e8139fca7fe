# frozen_string_literal: true

# Two hundred orders of three items each, the same at every boot.
module SampleOrders
  CUSTOMERS = %w[ Ada Grace Barbara Radia Frances Margaret ].freeze
  GOODS = [ [ "Lamp", 4_900 ], [ "Desk", 31_000 ], [ "Chair", 12_500 ], [ "Shelf", 7_800 ] ].freeze

  def self.make
    Order.transaction do
      Order.insert_all((1..200).map { |id| { id: id, customer: CUSTOMERS[id % 6], placed_on: Date.new(2024) + (id * 3) } })
      Item.insert_all((1..600).map { |id| item(id) })
    end
  end

  def self.item(id)
    name, cents = GOODS[id % GOODS.size]
    { order_id: ((id - 1) / 3) + 1, name: name, quantity: 1 + (id % 5), cents: cents }
  end
  private_class_method :item
end
