# frozen_string_literal: true

module MemoryTracker
  # Goes around a response body to learn when it was closed. It answers to `each`, `call`,
  # `to_path` and `to_ary` exactly as the body does, because servers and other middlewares decide
  # by that what to do with it; what else the body can do is passed on.
  class TrackedBody
    # Each capability by itself, so that a class can be put together for the body at hand.
    module Each
      def each(&block)
        @body.each(&block)
      rescue Exception => error # rubocop:disable Lint/RescueException -- noted and raised again
        @error = error
        raise
      end
    end

    module Call
      def call(stream)
        @body.call(stream)
      rescue Exception => error # rubocop:disable Lint/RescueException -- noted and raised again
        @error = error
        raise
      end
    end

    module ToPath
      def to_path = @body.to_path
    end

    # Whoever turned the body into an array has consumed it, and need not close it.
    module ToAry
      def to_ary
        @body.to_ary
      ensure
        close
      end
    end

    # @param body [Object] what the application returned
    # @param env [Hash] the environment of its request
    # @param tracker [Tracker] is told of the end
    # @return [TrackedBody]
    def self.wrap(body, env, tracker)
      kind = 0
      kind |= 1 if body.respond_to?(:each)
      kind |= 2 if body.respond_to?(:call)
      kind |= 4 if body.respond_to?(:to_path)
      kind |= 8 if body.respond_to?(:to_ary)
      KINDS[kind].new(body, env, tracker)
    end

    def initialize(body, env, tracker)
      @body = body
      @env = env
      @tracker = tracker
    end

    def close
      @body.close if @body.respond_to?(:close)
    ensure
      if (env = @env)
        @env = nil
        @tracker.call(env, nil, nil, @error)
      end
    end

    def respond_to_missing?(name, include_all = false)
      CAPABILITIES.none? { |capability, _| capability == name } && @body.respond_to?(name, include_all)
    end

    def method_missing(name, ...)
      respond_to_missing?(name) ? @body.__send__(name, ...) : super
    end

    CAPABILITIES = { each: Each, call: Call, to_path: ToPath, to_ary: ToAry }.freeze
    KINDS = Array.new(2**CAPABILITIES.size) do |kind|
      Class.new(self) do
        CAPABILITIES.each_value.with_index { |capability, bit| include capability if kind[bit] == 1 }
      end
    end.freeze
    private_constant :CAPABILITIES, :KINDS
  end
end
