# frozen_string_literal: true

require "json"

# A log as its readers see it, read strictly: a line that is torn, is no JSON object or lacks what every
# line must have is an error of the test, not something to skip.
class TrackerLog
  class Malformed < StandardError; end

  TIME = /\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\z/
  EVENTS = %w[started request process dropped stopped worker_died job block retention verdict].freeze

  class << self
    # @return [Array<Hash>] one a line
    def parse(bytes)
      text = bytes.dup.force_encoding(Encoding::UTF_8)
      return [] if text.empty?
      raise Malformed, "not UTF-8: #{text.scrub.inspect[0, 400]}" unless text.valid_encoding?
      raise Malformed, "the last line is not terminated: #{text[-200..].inspect}" unless text.end_with?("\n")

      text.split("\n", -1)[0..-2].map { |line| parse_line(line) }
    end

    private

    def parse_line(line)
      raise Malformed, "not printable ASCII: #{line.inspect[0, 400]}" if line.match?(/[^\x20-\x7e]/)

      record = JSON.parse(line)
      raise Malformed, "not an object: #{line[0, 400]}" unless record.is_a?(Hash)

      check(record, line)
      record
    rescue JSON::ParserError => error
      raise Malformed, "#{error.message[0, 200]} in #{line.inspect[0, 400]}"
    end

    def check(record, line)
      faults = []
      faults << "time" unless record["time"].to_s.match?(TIME)
      faults << "level" unless %w[INFO WARN].include?(record["level"])
      faults << "event" unless EVENTS.include?(record["event"])
      faults << "schema" unless record["schema"] == 1
      faults << "pid" unless record["pid"].is_a?(Integer)
      faults << "a null, where an unknown value must be absent" if record.value?(nil)
      raise Malformed, "wrong #{faults.join(", ")} in #{line[0, 400]}" if faults.any?
    end
  end

  attr_reader :path

  def initialize(path)
    @path = path.to_s
  end

  # A reader can come between two pages of a write that is under way; a piece that stays is malformed.
  def bytes
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 1
    loop do
      found = File.exist?(path) ? File.binread(path) : +""
      return found if found.empty? || found.end_with?("\n") || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

      Thread.pass
    end
  end
  def lines = self.class.parse(bytes)
  def events(name) = lines.select { |line| line["event"] == name }
  def requests = events("request")
  def warnings = requests.select { |line| line["level"] == "WARN" }
end
