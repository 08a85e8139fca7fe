# frozen_string_literal: true

# Keeps nothing.
class PagesController < ApplicationController
  def home = answer

  def search
    found = Array.new(400) { |number| { id: number, title: "Article #{number} about #{params[:id]}" } }
    render json: found.select { |article| article[:id].even? }
  end

  def article
    render plain: Array.new(60) { |number| "Paragraph #{number} of #{params[:id]}. " * 10 }.join("\n")
  end

  def feed
    render json: { entries: Array.new(40) { |number| { at: Time.at(number).utc.iso8601, text: "entry " * 20 } } }
  end
end
