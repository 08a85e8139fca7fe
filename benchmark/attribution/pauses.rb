# frozen_string_literal: true

require "socket"
require "sqlite3"
require "zlib"

module Attribution
  # What requests do beside making memory, so that others get their turn amid it: all of it gives the
  # GVL away, but for the collection.
  class Pauses
    SLEEP_SECONDS = 0.004
    QUERY = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 400) " \
            "SELECT n, hex(n) AS name FROM numbers WHERE n % 20 = 0"
    # Zlib works on it for some milliseconds without the GVL.
    TEXT = Random.new(3).bytes(40_000).unpack1("H*").freeze
    CHILD_MEGABYTES = 20

    # @param neighbour_port [Integer] where a SlowNeighbour listens
    def initialize(neighbour_port)
      @neighbour_port = neighbour_port
    end

    def take(name)
      case name
      when "none" then nil
      when "sleep" then sleep SLEEP_SECONDS
      when "socket" then ask_neighbour
      when "sqlite" then database.execute(QUERY)
      when "zlib" then compress
      when "gc" then GC.start
      when "fork" then fork_once
      else raise ArgumentError, "no pause #{name}"
      end
    end

    private
      def ask_neighbour
        socket = (Thread.current[:neighbour] ||= TCPSocket.new("127.0.0.1", @neighbour_port))
        socket.write("?")
        socket.readpartial(1024)
      end

      def database
        Thread.current[:database] ||= SQLite3::Database.new(":memory:")
      end

      # One stream a thread: a new one would take and give back a third of a megabyte each time, and the
      # truth of a request has no room for what its pauses do to memory.
      def compress
        stream = (Thread.current[:stream] ||= Zlib::Deflate.new)
        stream.deflate(TEXT, Zlib::FINISH)
        stream.reset
      end

      # What the child takes is its own, and its parent's pages are shared with it until it ends.
      def fork_once
        child = Process.fork do
          "x" * (CHILD_MEGABYTES * MEGABYTE)
          exit!(0)
        end
        Process.wait(child)
      end
  end

  # What requests wait for on a socket. Lives in the benchmark's own process.
  class SlowNeighbour
    ANSWER = ("x" * 512).freeze
    SECONDS = 0.003

    def initialize
      @server = TCPServer.new("127.0.0.1", 0)
      @thread = Thread.new { loop { serve(@server.accept) } }
    end

    def port = @server.addr[1]

    def stop
      @thread.kill.join
      @server.close
    end

    private
      def serve(client)
        Thread.new do
          while client.read(1)
            sleep SECONDS
            client.write(ANSWER)
          end
        rescue SystemCallError
          nil # the server ended
        ensure
          client.close
        end
      end
  end
end
