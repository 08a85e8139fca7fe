# frozen_string_literal: true

module Caches
end
