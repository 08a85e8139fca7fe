# frozen_string_literal: true

require_relative "../test_helper"

# A machine without the libraries gets one clear refusal with the names of the packages, at once, before
# mkmf-rice has compiled anything.
class ExtconfTest < Minitest::Test
  EXTCONF = File.expand_path("../../ext/memory_tracker/extconf.rb", __dir__)
  SYSTEMS = %w[Debian Ubuntu Fedora Alpine Arch].freeze

  def setup
    @folder = Dir.mktmpdir("memory_tracker")
  end

  def teardown
    FileUtils.remove_entry(@folder)
  end

  def test_without_libproc2
    assert_refuses("libproc2", packages: %w[libproc2-dev procps-ng-devel procps])
  end

  def test_without_nlohmann_json
    assert_refuses("nlohmann", packages: %w[nlohmann-json3-dev nlohmann-json nlohmann_json json-devel])
  end

  private

  # Hides a library the way its absence looks: pkg-config does not know it and no compiler finds its header.
  def assert_refuses(hidden, packages:)
    hide(hidden)
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    result = ChildProcess.command([ RbConfig.ruby, "-e", watched_extconf ], chdir: @folder, env: environment, within: 60)
    elapsed = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
    said = result.out + result.err
    refute_predicate result, :success?, said
    assert_includes said, hidden
    SYSTEMS.each { |system| assert_includes said, system }
    assert_operator packages.count { |name| said.include?(name) }, :>=, 2, said
    refute_includes said, "mkmf-rice was loaded"
    refute_includes said, "extconf.rb:", "a refusal is no backtrace"
    assert_operator elapsed, :<, 10
    refute_path_exists File.join(@folder, "Makefile")
  end

  def watched_extconf
    <<~RUBY
      at_exit { puts "mkmf-rice was loaded" if $LOADED_FEATURES.any? { |name| name.end_with?("mkmf-rice.rb") } }
      $0 = #{EXTCONF.inspect}
      load $0
    RUBY
  end

  def hide(name)
    wrapper("pkg-config", <<~SH)
      case "$*" in *#{name}*) exit 1;; esac
      exec #{real("pkg-config")} "$@"
    SH
    %w[gcc g++ cc c++ clang clang++ x86_64-linux-gnu-gcc x86_64-linux-gnu-g++].each do |compiler|
      next unless (program = real(compiler))

      wrapper(compiler, <<~SH)
        for file in "$@"; do
          case "$file" in *.c|*.cc|*.cpp|*.cxx)
            if grep -qs 'include.*[<"].*#{name}' "$file"; then echo "fatal error: #{name}: No such file" >&2; exit 1; fi ;;
          esac
          case "$file" in *l#{name.delete_prefix("lib")}*) echo "cannot find -l#{name}" >&2; exit 1;; esac
        done
        exec #{program} "$@"
      SH
    end
  end

  def wrapper(name, text)
    path = File.join(@folder, "bin", name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, "#!/bin/sh\n#{text}\n", perm: 0o755)
  end

  def real(program)
    ENV.fetch("PATH").split(":").map { |directory| File.join(directory, program) }.find { |path| File.executable?(path) }
  end

  def environment = { "PATH" => "#{File.join(@folder, "bin")}:#{ENV.fetch("PATH")}" }
end
