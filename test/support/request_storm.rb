# frozen_string_literal: true

# Clients that send requests one after the other until told to stop, and know which ones they had a whole
# answer to. Each request has a path of its own.
class RequestStorm
  include Eventually

  CLIENTS = 6

  # What a client sees when the other end is killed.
  CUT_OFF = [ EOFError, IOError, SystemCallError, Timeout::Error, Net::HTTPBadResponse ].freeze

  def self.over(port)
    storm = new(port)
    yield storm
    storm
  ensure
    storm&.stop
  end

  def initialize(port)
    @port = port
    @stopping = false
    @threads = Array.new(CLIENTS) { |client| Thread.new { run(client) } }
  end

  def answered = @threads.flat_map { |thread| thread[:answered].to_a }

  # @return [Hash{String => String}] what became of the others, by path
  def cut_off = @threads.map { |thread| thread[:cut_off].to_h }.reduce({}, :merge)

  # Until so many more answers have come: a moment that nobody chose.
  def wait_for_more(answers)
    target = count + answers
    eventually(within: 30, what: "#{answers} more answers") { count >= target }
  end

  def stop
    @stopping = true
    @threads.each { |thread| thread.join(30) || thread.kill }
  end

  private

  def count = @threads.sum { |thread| thread[:answered].to_a.size }

  def run(client)
    Thread.current[:answered] = answered = []
    Thread.current[:cut_off] = cut_off = {}
    number = 0
    until @stopping
      path = "/#{client}/#{number += 1}"
      begin
        response = HttpClient.new(@port).get(path)
        response.code == "200" && response.body == path ? answered << path : cut_off[path] = "#{response.code} #{response.body}"
      rescue *CUT_OFF => error
        cut_off[path] = error.message
      end
    end
  end
end
