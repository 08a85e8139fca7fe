# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../../benchmark/report"

# No table of a README is typed: each is what the kept results say. `bin/benchmark --render` makes them.
class BenchmarkTablesTest < Minitest::Test
  Bench::Report::TEXTS.each do |path|
    define_method("test_the_tables_of_#{path.delete_prefix("#{Bench::Report::ROOT}/")}") do
      text = File.read(path)
      assert_equal Bench::Report.new.render(text), text
    end
  end

  def test_each_table_stands_somewhere
    shown = Bench::Report::TEXTS.flat_map { |path| File.read(path).scan(Bench::Report::BLOCK).map { |block| block[1] } }
    assert_equal Bench::Report::TABLES.keys.sort, shown.sort
  end

  def test_the_kept_results_say_where_they_come_from
    results = Bench::ResultFile.parts(Bench::ResultFile::KEPT).grep_v(/\A(attribution|retention)/)
    refute_empty results
    results.each do |part|
      machine = Bench::ResultFile.read(part, Bench::ResultFile::KEPT).fetch("machine")
      assert_empty %w[ cpu cores kernel libc ruby yjit gems time ].reject { |key| machine.key?(key) }, part
    end
  end

  def test_the_runs_of_retention_say_where_they_come_from
    circumstances = JSON.parse(File.read(File.join(Bench::ResultFile::KEPT, "retention.json"))).fetch("circumstances")
    assert_empty %w[ ruby rails puma kernel processors time ] - circumstances.keys
  end

  def test_a_changed_result_changes_its_table
    Dir.mktmpdir do |folder|
      result = Bench::ResultFile.read("writer", Bench::ResultFile::KEPT)
      result["results"]["line"]["bytes"] = 4321.4
      File.write(File.join(folder, "writer.json"), JSON.generate(result))
      text = "before\n<!-- benchmark:writer -->\nold\n<!-- /benchmark -->\nafter\n"
      assert_match(/\Abefore\n.*\| bytes per line \| 4,321 \|\n.*after\n\z/m, Bench::Report.new(folder).render(text))
    end
  end
end
