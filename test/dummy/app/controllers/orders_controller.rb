# frozen_string_literal: true

class OrdersController < ApplicationController
  rescue_from ActiveRecord::RecordNotFound do
    render json: { error: "no such order" }, status: :not_found
  end

  rescue_from ActiveRecord::RecordInvalid, ActionController::ParameterMissing do |error|
    # The number, because Rack 3.1 gave this status another name.
    render json: { error: error.message }, status: 422
  end

  def index
    @orders = Order.includes(:items).order(id: :desc).limit(50)
    respond_to do |format|
      format.html
      format.json { render json: @orders }
    end
  end

  def show
    render json: Order.includes(:items).find(params[:id])
  end

  # Leaks: see RecentlyViewed.
  def preview
    RecentlyViewed.add(params[:id].to_i)
    render json: Order.find(params[:id]).slice(:id, :customer)
  end

  def create
    render json: Order.create!(order_params), status: :created
  end

  private
    def order_params
      { customer: params.require(:customer), placed_on: Date.current, items: [ Item.new(name: "Lamp", quantity: 1, cents: 4_900) ] }
    end
end
