# frozen_string_literal: true

require_relative "../test_helper"

# What a machine lacks is said at once, with the names of the packages, before mkmf-rice has compiled anything.
class ExtconfTest < Minitest::Test
  include OwnFolder

  EXTCONF = File.expand_path("../../ext/memory_tracker/extconf.rb", __dir__)
  SYSTEMS = %w[Debian Ubuntu Fedora Alpine Arch].freeze

  def test_without_libproc2_one_notice_and_a_makefile_without_it
    result = extconf(hidden: "libproc2")
    assert_predicate result, :success?, result.out + result.err
    assert_equal 1, result.out.scan(/libproc2.* was not found/).size, result.out
    assert_includes result.out, "/proc"
    SYSTEMS.each { |system| assert_includes result.out, system }
    %w[libproc2-dev procps-ng-devel procps-ng-dev].each { |package| assert_includes result.out, package }
    refute_match(/libproc2_reader\.cpp|-lproc2\b|MEMORY_TRACKER_LIBPROC2/, makefile)
    assert_includes makefile, "procfs_reader.cpp"
  end

  def test_with_libproc2_no_notice
    result = extconf
    assert_predicate result, :success?, result.out + result.err
    refute_includes result.out, "not found"
    assert_includes makefile, "libproc2_reader.cpp"
    assert_match(/-lproc2\b/, makefile)
  end

  def test_without_nlohmann_json_a_refusal
    result = nil
    elapsed = Stopwatch.seconds { result = extconf(hidden: "nlohmann") }
    said = result.out + result.err
    refute_predicate result, :success?, said
    assert_includes said, "nlohmann"
    SYSTEMS.each { |system| assert_includes said, system }
    %w[nlohmann-json3-dev json-devel].each { |package| assert_includes said, package }
    refute_includes said, "mkmf-rice was loaded"
    refute_includes said, "extconf.rb:", "a refusal is no backtrace"
    assert_operator elapsed, :<, 10
    refute_path_exists makefile_path
  end

  private

  def extconf(hidden: nil)
    environment = hidden ? HiddenLibrary.new(hidden, folder).environment : {}
    ChildProcess.command([ RbConfig.ruby, "-e", WATCHED ], chdir: folder, env: environment, within: 120)
  end

  WATCHED = <<~RUBY
    at_exit { puts "mkmf-rice was loaded" if $LOADED_FEATURES.any? { |name| name.end_with?("mkmf-rice.rb") } }
    $0 = #{EXTCONF.inspect}
    load $0
  RUBY

  def makefile_path = File.join(folder, "Makefile")
  def makefile = File.read(makefile_path)
end
