# frozen_string_literal: true

require "net/http"
require_relative "visit"

module Demo
  # Real HTTP from several clients at once: some that do what people do, and one that leaks.
  class Traffic
    VISITORS = 4
    PAUSE_OF_A_VISITOR = 0.002..0.02
    ROUNDS_OF_LEAKS = 2

    attr_reader :seconds

    def initialize(host, port, seconds:)
      @host = host
      @port = port
      @seconds = seconds
      @answers = Thread::Queue.new
      @failures = Thread::Queue.new
    end

    def start
      @started = now
      @threads = Array.new(VISITORS) { |number| client { |http| visit_around(http, number) } }
      @threads << client { |http| leak(http) }
      self
    end

    def running? = @threads.any?(&:alive?)
    def elapsed = now - @started
    def count = @answers.size

    # The ids of the requests that were answered, each with its status.
    def answers
      @threads.each(&:join)
      Array.new(@answers.size) { @answers.pop }.to_h
    end

    # Requests that got no answer, as sentences.
    def failures
      Array.new(@failures.size) { @failures.pop }
    end

    private
      def client(&work)
        Thread.new do
          # A request that is repeated behind our back would be two lines for one id.
          http = Net::HTTP.new(@host, @port).tap { |connection| connection.max_retries = 0 }
          http.start(&work)
        rescue SystemCallError, IOError, Timeout::Error => error
          @failures << "#{error.class}: #{error.message}"
        end
      end

      # A seed for each visitor: every run of the demo sends the same requests.
      def visit_around(http, number)
        random = Random.new(number)
        sent = 0
        while elapsed < seconds
          send_visit(http, Visit.ordinary(random), "#{number}-#{sent += 1}")
          Kernel.sleep random.rand(PAUSE_OF_A_VISITOR)
        end
      end

      # What is given back would be used again by the next leak, so that it could not be seen in the
      # process: everything is kept to the end.
      def leak(http)
        ROUNDS_OF_LEAKS.times do |round|
          Visit::HEAVY.each do |visit|
            send_visit(http, visit, round)
            Kernel.sleep @seconds / (ROUNDS_OF_LEAKS * Visit::HEAVY.size + 1)
          end
        end
        send_visit(http, Visit::RELEASE, 0)
      end

      def send_visit(http, visit, number)
        id = "demo-#{visit.kind}-#{number}"
        request = Net::HTTPGenericRequest.new(visit.verb, visit.verb == "POST", true, visit.path, "X-Request-Id" => id)
        request.set_form_data(customer: "Ada") if visit.verb == "POST"
        @answers << [ id, http.request(request).code.to_i ]
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
  end
end
