# frozen_string_literal: true

require_relative "result_file"

# The tables of the READMEs, made of the kept results. Plain Ruby, so that a test can make them anew where
# nothing of what the benchmarks need is installed.
module Bench
  class Report
    ROOT = ResultFile::ROOT
    TEXTS = %w[ README.md benchmark/README.md ].map { |name| File.join(ROOT, name) }.freeze
    BLOCK = %r{(<!-- benchmark:(\w+) -->\n)(.*?)(<!-- /benchmark -->)}m

    UNMEASURED = "Not measured yet on a machine with nothing else to do.\n"

    # Their files say what is in each. A new table is a file there and a line here.
    require_relative "report/attribution"
    require_relative "report/cold_caches"
    require_relative "report/cost_growth"
    require_relative "report/full_disk"
    require_relative "report/in_short"
    require_relative "report/request_path"
    require_relative "report/start_and_install"
    require_relative "report/throughput"
    require_relative "report/writer"

    TABLES = {
      "attribution" => Attribution, "cold_caches" => ColdCaches, "cost_growth" => CostGrowth,
      "full_disk" => FullDisk, "in_short" => InShort, "request_path" => RequestPath, "start_and_install" => StartAndInstall,
      "throughput" => Throughput, "writer" => Writer
    }.freeze

    # @param folder [String] where the results are
    def initialize(folder = ResultFile::KEPT)
      @folder = folder
    end

    # @return [String] the same with the tables of this report
    def render(text)
      text.gsub(BLOCK) { "#{$1}#{table($2) || UNMEASURED}#{$4}" }
    end

    # @return [String, nil] nil when its part has not been measured
    def table(name)
      TABLES.fetch(name).of(@folder)&.to_s
    end

    # @return [Array<String>] the texts that are different now
    def write
      TEXTS.select do |path|
        before = File.read(path)
        after = render(before)
        File.write(path, after) unless after == before
      end
    end
  end
end
