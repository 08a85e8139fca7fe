# frozen_string_literal: true

require "json"
require "rbconfig"

module Bench
  # A Ruby script in a process of its own, so that neither its hooks nor its heap reach another measurement.
  module Child
    class Failed < StandardError; end

    module_function

    # @param script [String] a path
    # @return [Object] the JSON that it prints
    def json(script, *arguments, env: {})
      output = IO.popen([ env, RbConfig.ruby, script, *arguments.map(&:to_s) ], &:read)
      raise Failed, "#{script} #{arguments.join(" ")}: #{$?.inspect}" unless $?.success?

      JSON.parse(output)
    end
  end
end
