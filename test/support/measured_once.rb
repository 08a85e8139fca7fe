# frozen_string_literal: true

# For tests that look at one dear measurement from many sides: it is taken once, and when it fails, it
# fails every test at once instead of being tried again by each.
module MeasuredOnce
  def measured
    @outcome ||= begin
      { measured: measure }
    rescue StandardError => error
      { error: error }
    end
    raise @outcome[:error] if @outcome.key?(:error)

    @outcome[:measured]
  end
end
