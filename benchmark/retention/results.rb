# frozen_string_literal: true

require "digest"
require "etc"
require "fileutils"
require "json"
require "puma/const"
require "rails/version"
require_relative "table"

module Retention
  # All runs so far, in a file that programs read and a later run goes on from.
  class Results
    FOLDER = File.expand_path("../results", __dir__)
    EXTENSION = File.expand_path("../../lib/memory_tracker/memory_tracker.so", __dir__)

    def initialize(folder = FOLDER)
      @folder = folder
      @lock = Mutex.new
      @parts = File.exist?(path) ? JSON.parse(File.read(path)) : {}
      @parts["runs"] ||= []
    end

    def runs = @parts["runs"]
    def path = File.join(@folder, "retention.json")
    def include?(workload, seed) = runs.any? { |run| run.values_at("workload", "seed") == [ workload.name, seed ] }

    # Written at once: who interrupts the benchmark loses the runs under way only.
    def add(run)
      @lock.synchronize do
        run = JSON.parse(JSON.generate(run.merge(build: build)))
        runs.reject! { |other| other.values_at("workload", "seed") == run.values_at("workload", "seed") }
        runs << run
        write
      end
    end

    # @param part ["named", "cost"]
    def add_part(part, outcome)
      @parts[part] = JSON.parse(JSON.generate(outcome))
      write
    end

    def to_s = Table.new(@parts).to_s

    def write
      FileUtils.mkdir_p(@folder)
      @parts = { "circumstances" => circumstances }.merge(@parts.except("circumstances"))
      File.write("#{path}.new", "#{JSON.pretty_generate(@parts)}\n")
      File.rename("#{path}.new", path)
      File.write(File.join(@folder, "retention.md"), to_s)
    end

    private
      def circumstances
        { "ruby" => RUBY_DESCRIPTION, "puma" => Puma::Const::VERSION, "rails" => Rails::VERSION::STRING,
          "kernel" => Etc.uname.fetch(:release), "machine" => Etc.uname.fetch(:machine), "processors" => Etc.nprocessors,
          "time" => Time.now.utc.strftime("%FT%TZ") }
      end

      # Runs of several builds of the extension may stand beside each other.
      def build = Digest::SHA256.file(EXTENSION).hexdigest[0, 12]
  end
end
