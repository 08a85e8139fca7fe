# frozen_string_literal: true

require "tmpdir"
require_relative "finding"
require_relative "server"
require_relative "traffic"

module Retention
  # One workload with one seed on a server of its own, and what the tracker said beside the truth.
  class Run
    attr_reader :workload, :seed

    def initialize(workload, seed)
      @workload = workload
      @seed = seed
    end

    # @param gate [Gate] where several runs go on at once
    # @return [Hash] for JSON
    def outcome(gate)
      Dir.mktmpdir do |folder|
        started = now
        server = gate.pass { Server.new(folder, mode: workload.mode, leaks: workload.leaks) }
        spoiled = send_parts(server, gate)
        figures = server.figures
        server.stop
        lines = server.lines
        { workload: workload.name, seed: seed, mode: workload.mode, requests: workload.requests, seconds: (now - started).round(1),
          spoiled_answers: spoiled, major_gcs: figures["major_gcs"], sampling: figures["retention"],
          process: process(figures, server.truth), endpoints: findings(figures, lines, server.truth) }
      ensure
        server&.stop
      end
    end

    private
      def send_parts(server, gate)
        random = Random.new(seed)
        traffic = Traffic.new(server.port, connections: Server::THREADS)
        workload.parts.sum do |part|
          sleep part.rest
          paths = part.paths(workload.endpoints, random)
          part.pace ? traffic.send_all(paths, pace: part.pace) : gate.pass { traffic.send_all(paths) }
        end
      end

      def findings(figures, lines, truth)
        reports = figures["report"]["endpoints"].to_h { |report| [ report["endpoint"], report ] }
        workload.endpoints.map do |endpoint|
          Finding.new(endpoint, reports[endpoint.name], lines, kept: truth_of(endpoint, truth),
            expected_samples: workload.expected_samples(endpoint)).to_h
        end
      end

      def process(figures, truth)
        leaks = workload.endpoints.select(&:leak)
        kept = leaks.sum { |endpoint| truth.fetch(endpoint.leak.first) * endpoint.share } * 1000
        { kept_per_1000_requests: kept.round(1), **figures["report"]["process"] }
      end

      def truth_of(endpoint, truth)
        return truth.fetch(endpoint.leak.first) if endpoint.leak

        0.0 if endpoint.verdicts == %w[ clean ]
      end

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
