# frozen_string_literal: true

class CachesController < ApplicationController
  def lru
    Caches::Lru.fetch(params[:key], capacity: size)
    answer
  end

  def memo
    Caches::Memo.fetch(params[:key])
    answer
  end
end
