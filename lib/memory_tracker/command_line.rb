# frozen_string_literal: true

require "memory_tracker"

module MemoryTracker
  # What `memory_tracker` does in a shell.
  class CommandLine
    USAGE = <<~TEXT
      memory_tracker recover DIR [LOG]
          Writes what dead processes left in their flight recorders under DIR (the option
          flight_recorder, /dev/shm by default): the requests that they had finished, and those
          that were in flight. To LOG, or to stdout.
      memory_tracker --version
    TEXT

    # @param arguments [Array<String>]
    # @param out [IO]
    # @param err [IO]
    def initialize(arguments, out: $stdout, err: $stderr)
      @arguments = arguments
      @out = out
      @err = err
    end

    # @return [Integer] the exit status: 0, 1 when something went wrong, 2 when it was not understood
    def run
      case @arguments
      in [ "recover", folder ] then recover(folder, nil)
      in [ "recover", folder, log ] then recover(folder, File.expand_path(log))
      in [ "--version" ] then say(VERSION)
      in [ "--help" ] | [ "help" ] then say(USAGE)
      else complain(USAGE, 2)
      end
    end

    private

    def recover(folder, log)
      return complain("memory_tracker: #{Native.failure}", 1) unless Native.available?

      recorders = Tracker.recover(File.expand_path(folder), log)
      return complain("memory_tracker: #{log || "stdout"} did not take everything; the rest is kept", 1) unless recorders

      @err.puts "memory_tracker: #{recorders} recorder#{"s" unless recorders == 1} of dead processes"
      0
    rescue Error => error
      complain("memory_tracker: #{error.message}", 1)
    end

    def say(text)
      @out.puts text
      0
    end

    def complain(text, status)
      @err.puts text
      status
    end
  end
end
