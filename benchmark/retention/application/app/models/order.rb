# frozen_string_literal: true

class Order < ActiveRecord::Base
  SAMPLES = 50

  unless connection.table_exists?("orders")
    connection.create_table(:orders) { |table| table.string :customer }
    insert_all((1..SAMPLES).map { |id| { id: id, customer: "Customer #{id}" } })
  end
end
