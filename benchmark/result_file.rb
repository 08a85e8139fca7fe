# frozen_string_literal: true

require "fileutils"
require "json"
require_relative "machine"

module Bench
  # What a part found, with where and when: results/<part>.json, which the tables are made of. A quick run
  # is for trying and leaves no figures there, but in tmp/benchmark.
  module ResultFile
    ROOT = File.expand_path("..", __dir__)
    KEPT = File.join(ROOT, "benchmark", "results")
    TRIED = File.join(ROOT, "tmp", "benchmark")
    # The one that the tables are about; what is found on another one has a file of its own.
    REFERENCE_RUBY = "3.1"

    module_function

    def quick? = !ENV.fetch("QUICK", "").empty?
    def folder = quick? ? TRIED : KEPT

    def ruby = RUBY_VERSION[/\A\d+\.\d+/]

    # @return [Array<String>] names of the parts that have a result
    def parts(folder = self.folder) = Dir[File.join(folder, "*.json")].map { |path| File.basename(path, ".json") }.sort

    # @return [Hash, nil]
    def read(part, folder = self.folder)
      path = File.join(folder, "#{part}.json")
      JSON.parse(File.read(path)) if File.exist?(path)
    end

    # @param machine [Hash] taken before the part began, so that its own work is not in the load
    def write(part, machine, results)
      FileUtils.mkdir_p(folder)
      path = File.join(folder, "#{part}#{"-#{ruby}" unless ruby == REFERENCE_RUBY}.json")
      File.write(path, "#{JSON.pretty_generate({ "part" => part, "machine" => machine, "results" => results })}\n")
      path
    end
  end
end
