# frozen_string_literal: true

require_relative "../test_helper"

# Only the entry point leaves the library: two extensions that carry the same C++ in one process would
# otherwise call each other's functions.
class ExportedSymbolsTest < Minitest::Test
  LIBRARY = File.expand_path("../../lib/memory_tracker/memory_tracker.so", __dir__)

  def test_init_and_nothing_else
    result = ChildProcess.command([ "nm", "-D", "--defined-only", LIBRARY ])
    assert_predicate result, :success?, result.err
    assert_equal [ "Init_memory_tracker" ], result.out.lines.map { |line| line.split.last }
  end

  def test_no_jemalloc_and_no_second_ruby_is_linked
    linked = ChildProcess.command([ "objdump", "-p", LIBRARY ]).out.scan(/NEEDED\s+(\S+)/).flatten
    assert(linked.any? { |name| name.start_with?("libproc2.so") })
    assert_empty linked.grep(/jemalloc|tcmalloc|mimalloc/)
  end

  def test_the_stack_is_not_executable
    header = ChildProcess.command([ "readelf", "-lW", LIBRARY ]).out[/GNU_STACK.*/]
    refute_match(/RWE/, header)
  end
end
