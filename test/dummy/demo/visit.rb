# frozen_string_literal: true

module Demo
  # One request to send. Its kind becomes part of the request id, by which its line is found in the log.
  class Visit
    attr_reader :kind, :verb, :path

    def initialize(kind, path, verb: "GET")
      @kind = kind
      @path = path
      @verb = verb
    end

    # What people do all day. An entry that is here twice is asked for twice as often.
    ORDINARY = [
      ->(_) { new("index", "/orders") },
      ->(_) { new("index", "/orders.json") },
      ->(random) { new("show", "/orders/#{random.rand(1..200)}") },
      ->(random) { new("show", "/orders/#{random.rand(1..200)}") },
      ->(random) { new("show", "/orders/#{random.rand(1..200)}") },
      ->(random) { new("preview", "/orders/#{random.rand(1..200)}/preview") },
      ->(random) { new("preview", "/orders/#{random.rand(1..200)}/preview") },
      ->(random) { new("preview", "/orders/#{random.rand(1..200)}/preview") },
      ->(random) { new("preview", "/orders/#{random.rand(1..200)}/preview") },
      ->(_) { new("unknown-order", "/orders/999999999") },
      ->(_) { new("create", "/orders", verb: "POST") },
      ->(random) { new("report", "/admin/reports/#{random.rand(2024..2026)}") },
      ->(_) { new("health", "/health") },
      ->(_) { new("mounted", "/mounted/ping") },
      ->(_) { new("static", "/robots.txt") },
      ->(_) { new("not-found", "/nowhere") },
      ->(_) { new("sleep", "/memory/sleep?seconds=0.03") },
      ->(_) { new("bystander", "/memory/bystander") },
      ->(_) { new("bystander", "/memory/bystander") }
    ].freeze

    # What leaks look like, and churn, which is none.
    HEAVY = [
      new("small", "/memory/retain?mb=25&piece=small"),
      new("large", "/memory/retain?mb=25&piece=large"),
      new("stream", "/memory/stream?mb=25&chunks=5"),
      new("raise", "/memory/raise?mb=25"),
      new("live", "/memory/live?mb=25&chunks=5"),
      new("churn", "/memory/churn?mb=12")
    ].freeze
    RELEASE = new("release", "/memory/release")

    def self.ordinary(random)
      ORDINARY.sample(random: random).call(random)
    end
  end
end
