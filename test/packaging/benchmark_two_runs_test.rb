# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../../benchmark/two_runs"

# `bin/benchmark --compare FOLDER` tells which ratios of two runs do not agree.
class BenchmarkTwoRunsTest < Minitest::Test
  KEPT = Bench::ResultFile::KEPT

  def test_a_run_agrees_with_itself
    runs = Bench::TwoRuns.new(KEPT, KEPT)
    assert_operator runs.differences.size, :>, 30
    assert_empty runs.apart
    assert_match(/^(\d+) of \1 within 15 %$/, runs.to_s)
  end

  def test_a_machine_of_half_the_speed_changes_no_ratio
    differences = with_another_run { |variant| variant["first_decile"] *= 2 }
    assert_operator differences.values.map(&:abs).max, :<, 1e-9
  end

  def test_what_became_dearer_alone_is_told
    differences = with_another_run { |variant| variant["first_decile"] *= 1.2 if variant["key"] == "oink" }
    assert_equal [ "oink / the floor" ], differences.select { |_, difference| difference.abs > 1e-9 }.keys
    assert_in_delta 0.2, differences["oink / the floor"]
  end

  def test_a_folder_without_results_is_refused
    error = assert_raises(ArgumentError) { Bench::TwoRuns.new(KEPT, "/nowhere") }
    assert_includes error.message, "/nowhere"
  end

  private

  # @return [Hash] how the ratios of a changed request path differ
  def with_another_run(&change)
    Dir.mktmpdir do |folder|
      result = Bench::ResultFile.read("request_path", KEPT)
      result["results"]["variants"].each(&change)
      File.write(File.join(folder, "request_path.json"), JSON.generate(result))
      Bench::TwoRuns.new(KEPT, folder).differences
    end
  end
end
