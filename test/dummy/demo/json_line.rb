# frozen_string_literal: true

require "json"

module Demo
  # A line of the log, folded at its commas so that it fits a terminal. It is the same JSON.
  class JsonLine
    INDENT = 2
    # A field with its comma: strings as a whole, so that a comma inside one does not count.
    PIECE = /(?:"(?:\\.|[^"\\])*"|[^",])+,?/

    def initialize(line)
      @line = line
    end

    # The counters of the garbage collector fill half a line, so only the first line shows them.
    def shortened
      JsonLine.new(@line.transform_values { |value| value.is_a?(Hash) && value.size > 4 ? "… #{value.size} counters" : value })
    end

    def folded(width)
      rows = [ +"" ]
      JSON.generate(@line).scan(PIECE) do |piece|
        rows << +"" if rows.last.size + piece.size > width - (2 * INDENT)
        rows.last << piece
      end
      rows.each_with_index.map { |row, index| (" " * (index.zero? ? INDENT : 2 * INDENT)) + row }
    end
  end
end
