# frozen_string_literal: true

module Caches::Memo
  ANSWERS = {}

  def self.fetch(key)
    ANSWERS[key] ||= [ "answer to #{key}", "and why, #{key}" ] # kept
  end
end
