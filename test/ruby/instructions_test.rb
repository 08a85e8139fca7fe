# frozen_string_literal: true

require_relative "../test_helper"
require "tmpdir"

# How many instructions a request costs, in the extension and in what it calls of Ruby, from callgrind:
# the same number to the digit on each run, so that a change shows which no clock on a busy machine
# would. System calls count as the few instructions around them; see benchmark/ for time.
class InstructionsTest < Minitest::Test
  # Of begin, answer and finish together, as Debian 12 compiles Ruby and g++ 12 compiles the extension.
  # Whoever makes a request cheaper lowers it; whoever makes it dearer says in the commit what for.
  INSTRUCTIONS_PER_REQUEST = 11_863
  TOLERANCE = 0.03

  SUPPORT = File.expand_path("../support/instructions", __dir__)
  STATIONS = %w[begin answer finish].map { |name| "--toggle-collect=memory_tracker::RequestFlight::#{name}(*" }.freeze
  REQUESTS = 64
  COUNTED = {} # by the number of requests: a run takes seconds

  def setup
    skip "no valgrind; bin/setup --tests installs it" unless installed?("valgrind")
    skip "no C compiler for the preloaded seed" unless installed?("cc")
  end

  def test_a_request_costs_no_more_than_it_did
    unless reference?
      skip "counted on Ruby 3.1.2 of Debian with g++ 12 for x86-64, and other compilers give other numbers"
    end
    bound = (INSTRUCTIONS_PER_REQUEST * (1 + TOLERANCE)).round
    assert_operator instructions_per_request, :<=, bound, "see the top of #{File.basename(__FILE__)}"
  end

  def test_the_count_repeats_to_the_digit
    assert_equal counted(REQUESTS), count(REQUESTS)
  end

  private

  # The difference of two runs, without what only the first requests do.
  def instructions_per_request
    (counted(3 * REQUESTS) - counted(REQUESTS)) / (2.0 * REQUESTS)
  end

  def counted(requests) = COUNTED[requests] ||= count(requests)

  def count(requests)
    Dir.mktmpdir do |folder|
      # Without Bundler, whose environment variables would come along.
      environment = { "LD_PRELOAD" => seed(folder), "RUBYOPT" => nil, "RUBYLIB" => nil }
      result = ChildProcess.command([ "valgrind", "--tool=callgrind", "--callgrind-out-file=#{File::NULL}",
        "--collect-atstart=no", *STATIONS, RbConfig.ruby, "-I", ChildProcess::LIB,
        File.join(SUPPORT, "requests.rb"), requests.to_s ], env: environment, within: 300)
      assert_predicate result, :success?, result.err
      Integer(result.err[/Collected : (\d+)/, 1] || flunk(result.err)).tap { |total| assert_operator total, :>, requests * 1_000 }
    end
  end

  def seed(folder)
    library = File.join(folder, "fixed_entropy.so")
    source = File.join(SUPPORT, "fixed_entropy.c")
    built = ChildProcess.command([ "cc", "-shared", "-fPIC", "-O2", "-o", library, source ])
    assert_predicate built, :success?, built.err
    library
  end

  def reference?
    config = RbConfig::CONFIG
    compiler = ChildProcess.command([ config["CXX"].split.first, "-dumpversion" ]).out.to_i
    RUBY_VERSION == "3.1.2" && config["arch"] == "x86_64-linux-gnu" && compiler == 12
  end

  def installed?(program)
    ENV.fetch("PATH").split(File::PATH_SEPARATOR).any? { |folder| File.executable?(File.join(folder, program)) }
  end
end
