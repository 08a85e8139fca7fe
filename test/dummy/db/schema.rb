# frozen_string_literal: true

ActiveRecord::Schema.verbose = false
ActiveRecord::Schema[7.0].define(version: 1) do
  create_table :orders, force: true do |table|
    table.string :customer, null: false
    table.date :placed_on, null: false
  end

  create_table :items, force: true do |table|
    table.references :order, null: false
    table.string :name, null: false
    table.integer :quantity, null: false
    table.integer :cents, null: false
  end
end
