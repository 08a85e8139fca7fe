# frozen_string_literal: true

# Connections are made when all that there are work, and stay: as many as there are threads, in the end.
module Pool
  class Connection
    def initialize
      @statements = Array.new(40) { |number| "SELECT #{number} FROM orders WHERE customer = ?" } # kept
      @buffer = "\0" * 65_536 # kept
    end

    def query
      sleep 0.001
      @statements.sample
    end
  end

  IDLE = []

  def self.with_connection
    connection = IDLE.pop || Connection.new # kept
    yield connection
  ensure
    IDLE.push(connection)
  end
end
