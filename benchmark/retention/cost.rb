# frozen_string_literal: true

require "tmpdir"
require_relative "server"
require_relative "traffic"
require_relative "workloads"

module Retention
  # CPU a request with sampling at its default and without, by servers that are alike and get the same requests in turns.
  # A second one without tells how far two that are the same lie apart. The budget is of elapsed time, and each of the three
  # servers rests for two thirds of it, so the sampler may take up to three times its share of the CPU that a server uses.
  class Cost
    MODES = { "none" => false, "same" => false, "budget" => :budget }.freeze
    REQUESTS = 500
    SETTLING = 3_000
    # Where the order of two values decides: 95 % of medians of so many rounds.
    DEVIATE = 0.98

    def initialize(options)
      @rounds = options[:rounds]
      @endpoints = Workloads.fetch("leak of 20 in 10 %").endpoints
    end

    def outcome
      Dir.mktmpdir do |folder|
        servers = MODES.to_h { |name, mode| [ name, open(File.join(folder, name), mode) ] }
        servers.each_value { |server| serve(server, SETTLING, 0) }
        rounds = Array.new(@rounds) { |round| round_of(servers, round + 1) }
        sampling = servers["budget"].figures["retention"]
        { rounds: @rounds, requests_a_round: REQUESTS,
          us_a_request: (median(rounds.map { |round| round["none"] }) * 1e6 / REQUESTS).round(1),
          sampling: sampling, accounted: (sampling["cost_ms"] / 1000 / cpu(servers["budget"])).round(5),
          same: ratio(rounds, "same"), budget: ratio(rounds, "budget") }
      ensure
        servers&.each_value(&:stop)
      end
    end

    private
      # No low limits of the collector here: the cost is that of a usual process.
      def open(folder, mode)
        Dir.mkdir(folder)
        Server.new(folder, mode: mode, collector: {})
      end

      # In another order every time.
      def round_of(servers, round)
        servers.to_a.rotate(round).to_h do |name, server|
          before = cpu(server)
          serve(server, REQUESTS, round)
          [ name, cpu(server) - before ]
        end
      end

      def serve(server, requests, seed)
        Traffic.new(server.port, connections: Server::THREADS).send_all(Part.new(requests).paths(@endpoints, Random.new(seed)))
      end

      def cpu(server) = server.figures("cpu").fetch("cpu_seconds")

      # The median, and the ranks that 95 % of the medians of as many rounds lie between.
      def ratio(rounds, name)
        ratios = rounds.map { |round| round[name] / round["none"] }.sort
        reach = DEVIATE * Math.sqrt(ratios.size)
        low, high = [ -reach, reach ].map { |by| ratios[(ratios.size / 2 + by).round.clamp(0, ratios.size - 1)] }
        { median: median(ratios).round(4), low: low.round(4), high: high.round(4) }
      end

      def median(values) = values.sort.then { |sorted| (sorted[(sorted.size - 1) / 2] + sorted[sorted.size / 2]) / 2 }
  end
end
