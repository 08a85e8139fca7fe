# frozen_string_literal: true

# What every application has somewhere: a list in a constant that things are added to and nothing is taken from.
class Suggestions
  Suggestion = Struct.new(:order_id, :other_id)

  COUNT = 20
  MADE = []
  private_constant :MADE

  def self.for(order_id)
    Array.new(COUNT) { |number| Suggestion.new(order_id, order_id + number) }.tap { |suggestions| MADE.concat(suggestions) }
  end
end
