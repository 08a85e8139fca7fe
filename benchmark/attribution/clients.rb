# frozen_string_literal: true

require "net/http"

module Attribution
  # As many kept-alive connections as the server has threads, which send a mix's orders.
  class Clients
    TIMEOUT_SECONDS = 60

    class WrongAnswer < StandardError; end

    def initialize(port)
      @port = port
    end

    def get(path)
      open { |http| fetch(http, path) }
    end

    # Orders are shared out among the connections.
    def send_all(orders, connections:)
      queue = queue_of(orders)
      finish(Array.new(connections) { Thread.new { send_from(queue) } })
    end

    # The same, while one connection in four sends the heavy ones, each when the others have come as far
    # in their orders as it stands in its own.
    def send_beside(orders, heavy, connections:)
      queue = queue_of(orders)
      heavies = queue_of(heavy)
      senders = [ connections / 4, 1 ].max
      due = ->(index) { orders.size - queue.size >= orders.size * index / heavy.size }
      threads = Array.new(senders) { Thread.new { send_when_due(heavies, heavy.size, due) } }
      finish(threads + Array.new(connections - senders) { Thread.new { send_from(queue) } })
    end

    private
      def queue_of(orders)
        orders.each_with_object(Queue.new) { |order, queue| queue << order }.close
      end

      def finish(threads) = threads.each(&:value)

      def send_from(queue)
        open { |http| while (order = queue.pop) do fetch(http, order.path) end }
      end

      def send_when_due(queue, size, due)
        open do |http|
          while (order = queue.pop)
            sleep 0.001 until due.call(size - queue.size - 1)
            fetch(http, order.path)
          end
        end
      end

      def fetch(http, path)
        response = http.request(Net::HTTP::Get.new(path))
        raise WrongAnswer, "#{response.code} for #{path}" unless response.code == "200"

        response.body
      end

      def open(&block)
        Net::HTTP.start("127.0.0.1", @port, read_timeout: TIMEOUT_SECONDS, open_timeout: TIMEOUT_SECONDS, max_retries: 0, &block)
      end
  end
end
