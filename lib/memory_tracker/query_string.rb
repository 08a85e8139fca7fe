# frozen_string_literal: true

module MemoryTracker
  # The path with its query string, secrets replaced: by the application's own filter_parameters in
  # Rails, elsewhere by the names that Rails filters in a new application.
  class QueryString
    FILTERED = "[FILTERED]"
    SECRET = /passw|email|secret|token|_key|crypt|salt|certificate|otp|ssn|cvv|cvc|auth|session/i
    PAIR = /([^&;=]+)(=)([^&;]*)/
    private_constant :SECRET, :PAIR

    # @param env [Hash] the Rack environment
    # @return [String, nil] nil when there is no query
    def url(env)
      query = env["QUERY_STRING"]
      return if query.nil? || query.empty?

      "#{env["SCRIPT_NAME"]}#{env["PATH_INFO"]}?#{filter(query, env)}"
    rescue ArgumentError, EncodingError, TypeError, NameError
      # A query that cannot be read is not logged, rather than logged unfiltered.
      nil
    end

    private

    def filter(query, env)
      filters = rails_filter(env)
      query.b.gsub(PAIR) do
        name, value = $1, $3
        secret?(name, value, filters) ? "#{name}=#{FILTERED}" : "#{name}=#{value}"
      end
    end

    # The name may be escaped (`api%5Ftoken`), and filters match what it means: `card[number]` is
    # what one for "card.number" is for.
    def secret?(name, value, filters)
      plain = name.gsub(/%(\h\h)/) { $1.hex.chr }
      return SECRET.match?(plain) unless filters

      [ { plain => value }, plain.scan(/[^\[\]]+/).reverse.reduce(value) { |inner, key| { key => inner } } ]
        .any? { |parameters| parameters != filters.filter(parameters) }
    end

    # Not asked with `defined?`, which swallows an exception that another thread raises meanwhile.
    def rails_filter(env)
      names = env["action_dispatch.parameter_filter"]
      return if names.nil? || names.empty?

      @rails_filter ||= ActiveSupport::ParameterFilter.new(names)
    end
  end
end
