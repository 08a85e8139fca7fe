# frozen_string_literal: true

class GuideController < ApplicationController
  def show
  end
end
