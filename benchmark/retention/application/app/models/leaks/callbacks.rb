# frozen_string_literal: true

module Leaks::Callbacks
  def self.keep(count)
    count.times do
      ActiveSupport::Notifications.subscribe("order.paid") { |event| event } # kept
    end
  end
end
