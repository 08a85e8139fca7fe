# frozen_string_literal: true

# A small real Rails application: an order with its items out of SQLite into a page, about a millisecond.
# With SHOP_LOG it has the middleware, as the README says.

ENV["RAILS_ENV"] ||= "production"

require "logger"
require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "action_view/railtie"
require "memory_tracker" if ENV["SHOP_LOG"]

class Shop < Rails::Application
  FOLDER = ENV.fetch("SHOP_FOLDER")

  config.root = FOLDER
  config.load_defaults Rails::VERSION::STRING.to_f
  # A constant, because this application guards nothing.
  config.secret_key_base = "0" * 64
  config.eager_load = true
  config.consider_all_requests_local = false
  config.logger = Logger.new(File.join(FOLDER, "rails.log"))
  config.log_level = :warn
  config.hosts.clear
  if ENV["SHOP_LOG"]
    config.middleware.use MemoryTracker::Middleware, threshold: 20, log_file: ENV.fetch("SHOP_LOG")
  end

  routes.append { get "orders/:id", to: "orders#show" }
end

class Order < ActiveRecord::Base
  has_many :items
end

class Item < ActiveRecord::Base
  belongs_to :order

  def total = quantity * cents
end

class OrdersController < ActionController::Base
  prepend_view_path File.expand_path("views", __dir__)

  def show
    @order = Order.includes(:items).find(params[:id])
  end
end

# The orders, once for all processes that share a folder.
module Stock
  ORDERS = 50
  ITEMS = 3

  def self.fill
    ActiveRecord::Schema.verbose = false
    ActiveRecord::Schema.define do
      create_table(:orders) { |table| table.string :customer }
      create_table(:items) do |table|
        table.belongs_to :order
        table.string :name
        table.integer :quantity
        table.integer :cents
      end
    end
    Order.insert_all!(Array.new(ORDERS) { |number| { customer: "Customer #{number}" } })
    Item.insert_all!(Order.ids.flat_map { |id|
      Array.new(ITEMS) { |number| { order_id: id, name: "Lamp #{number}", quantity: 1 + number, cents: 4_900 } }
    })
  end
end

ENV["DATABASE_URL"] = "sqlite3:#{Shop::FOLDER}/shop.sqlite3"
Shop.initialize!
Stock.fill unless ActiveRecord::Base.connection.table_exists?("orders")
