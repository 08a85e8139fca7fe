# frozen_string_literal: true

require "open3"
require "rbconfig"
require_relative "../../test/support/child_process"

module Attribution
  # What a switch of the GVL costs with the extension loaded and without: two processes whose threads
  # hand a token to and fro, in turns of a tenth of a second, so that a slow moment of the machine hits
  # both. Of all rounds the first decile counts.
  class ThreadSwitch
    ROUNDS = 40
    SCRIPT = File.expand_path("token_passing.rb", __dir__)

    # Ruby tells of its switches since 3.2; before, the extension does nothing at one.
    def self.hooked? = Gem::Version.new(RUBY_VERSION) >= Gem::Version.new("3.2")

    attr_reader :without, :with

    def measure
      players = [ [], [ "tracked" ] ].map { |arguments| Player.new(arguments) }
      results = Array.new(ROUNDS) { players.map(&:play) }.drop(1).transpose
      @without, @with = results.map { |rounds| rounds.sort[rounds.size / 10] }
      self
    ensure
      players&.each(&:stop)
    end

    # Of 1: 0.05 is five percent more.
    def added = with / without - 1

    # One of the processes.
    class Player
      def initialize(arguments)
        @input, @output, @process = Open3.popen2({ "RUBYLIB" => ChildProcess::RUBYLIB }, RbConfig.ruby, SCRIPT, *arguments)
      end

      # @return [Float] microseconds of CPU a switch
      def play
        @input.puts
        Float(@output.gets || raise("The process of the thread switches has ended"))
      end

      def stop
        @input.close
        @output.close
        @process.value
      end
    end
  end
end
