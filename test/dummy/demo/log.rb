# frozen_string_literal: true

require "json"

module Demo
  # What the tracker wrote, read the way anybody would read it: one JSON object a line.
  class Log
    attr_reader :path

    def initialize(path)
      @path = path
    end

    def lines
      return [] unless File.exist?(path)

      # What has no newline yet is still being written.
      File.foreach(path).filter_map { |line| JSON.parse(line) if line.end_with?("\n") }
    end

    def requests = lines.select { |line| line["event"] == "request" }

    # Returns once every id has its line, or when the time is over.
    def wait_for(ids, seconds:)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
      until (ids - requests.map { |line| line["request_id"] }).empty?
        break if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

        Kernel.sleep 0.1
      end
    end
  end
end
