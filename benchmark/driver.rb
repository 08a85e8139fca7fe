# frozen_string_literal: true

module Bench
  # A server in miniature: one environment per request, and the answer handled as Puma handles it.
  class Driver
    TEMPLATE = {
      "REQUEST_METHOD" => "GET", "SCRIPT_NAME" => "", "PATH_INFO" => "/orders/1234", "QUERY_STRING" => "page=2",
      "REQUEST_PATH" => "/orders/1234", "REQUEST_URI" => "/orders/1234?page=2", "SERVER_NAME" => "localhost",
      "SERVER_PORT" => "3000", "SERVER_PROTOCOL" => "HTTP/1.1", "HTTP_VERSION" => "HTTP/1.1", "HTTP_HOST" => "localhost:3000",
      "HTTP_ACCEPT" => "*/*", "HTTP_USER_AGENT" => "benchmark", "HTTP_X_REQUEST_ID" => "6c1c5c1e-7a3f-4a43-8f5b-3a2f0b0d9e11",
      "REMOTE_ADDR" => "127.0.0.1", "rack.url_scheme" => "http", "rack.multithread" => true
    }.freeze

    # @param app [#call] a Rack application
    # @param announces_end [Boolean] whether there is a rack.response_finished, as in Puma 7 and Falcon
    # @param template [Hash] what each environment is a copy of
    def initialize(app, announces_end: true, template: TEMPLATE)
      @app = app
      @announces_end = announces_end
      @template = template
    end

    # Environments are used once, as in a server, and made before the clock starts.
    def environments(count)
      Array.new(count) { @announces_end ? @template.merge("rack.response_finished" => []) : @template.dup }
    end

    def answer(env)
      status, headers, body = @app.call(env)
      body.each { |_part| nil }
      body.close if body.respond_to?(:close)
      env["rack.response_finished"]&.reverse_each { |finished| finished.call(env, status, headers, nil) }
    end

    def serve(environments)
      environments.each { |env| answer(env) }
    end
  end

  # The same with the four system calls beside each request and nothing else.
  class FloorDriver < Driver
    def answer(env)
      Probe.four_system_calls
      super
    end
  end

  # They alone, one after the other: what they take where everything of them stays in the caches.
  class CallsDriver < Driver
    def answer(_env) = Probe.four_system_calls
  end

  # What CallsDriver is measured against.
  class IdleDriver < Driver
    def answer(_env) = nil
  end
end
