# frozen_string_literal: true

module Admin
  class ReportsController < ApplicationController
    def show
      orders = Order.placed_in(params[:year].to_i).includes(:items)
      by_month = orders.group_by { |order| order.placed_on.strftime("%Y-%m") }
      render json: { year: params[:year], revenue: by_month.transform_values { |list| list.sum(&:cents) } }
    end
  end
end
