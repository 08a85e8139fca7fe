# frozen_string_literal: true

# Takes what comes at so many bytes a second and says at the end what it was: slow_reader.rb BYTES_PER_SECOND

require "json"

TURNS_PER_SECOND = 20
piece = Integer(ARGV.fetch(0)) / TURNS_PER_SECOND
text = +""
begin
  loop do
    left = piece
    while left.positive?
      part = $stdin.readpartial(left)
      text << part
      left -= part.bytesize
    end
    sleep 1.0 / TURNS_PER_SECOND
  end
rescue EOFError
  lines = text.each_line.map { |line| JSON.parse(line) }
  dropped = lines.select { |line| line["event"] == "dropped" }
  requests = lines.count { |line| line["event"] == "request" }
  puts JSON.generate("requests" => requests, "dropped" => dropped.sum { |line| line.fetch("count") })
end
