# frozen_string_literal: true

require "json"
require "tmpdir"
require_relative "../../test/support/stopwatch"
require_relative "answer"
require_relative "clients"
require_relative "mix"
require_relative "pauses"
require_relative "server"

module Attribution
  # Sends a mix through a server of its own and brings together what was asked for, what the log says and
  # what the oracle counted.
  class Measurement
    class Incomplete < StandardError; end

    attr_reader :mix, :answers, :seconds, :peak

    def initialize(mix)
      @mix = mix
    end

    def run
      Dir.mktmpdir do |folder|
        neighbour = SlowNeighbour.new
        lines, counted = serve(folder, neighbour)
        @answers = join(lines, counted)
      ensure
        neighbour&.stop
      end
      self
    end

    private
      def serve(folder, neighbour)
        counted = served = nil
        Server.open(folder, threads: mix.threads, neighbour_port: neighbour.port) do |server|
          served = server
          clients = Clients.new(server.port)
          prepare(clients)
          @seconds = Stopwatch.seconds { send_mix(clients) }
          @peak = server.peak
          counted = JSON.parse(clients.get("/objects"))
        end
        [ served.lines, counted ]
      end

      def prepare(clients)
        clients.send_all(mix.warm_up, connections: mix.threads)
        clients.get("/settle") unless mix.collecting?
      end

      def send_mix(clients)
        return clients.send_all(mix.orders, connections: mix.threads) unless mix.bystanders?

        clients.send_beside(mix.orders, mix.beside, connections: mix.threads)
      end

      def join(lines, counted)
        by_url = lines.select { |line| line["event"] == "request" }.group_by { |line| line["url"] }
        mix.all_orders.map do |order|
          found = by_url.fetch(order.path, [])
          raise Incomplete, "#{found.size} lines for #{order.path}" unless found.one?

          Answer.new(order, found.first, counted.fetch(order.number), judged: mix.truth_of?(order))
        end
      end
  end
end
