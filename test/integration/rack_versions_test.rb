# frozen_string_literal: true

require_relative "../test_helper"

# The middleware's tests once more on the other Rack that is supported, in a bundle of its own under tmp/.
class RackVersionsTest < Minitest::Test
  ROOT = File.expand_path("../..", __dir__)
  VERSION = ENV.fetch("OTHER_RACK_VERSION", "2.2")
  BUNDLE = File.join(ROOT, "tmp", "rack-#{VERSION}")
  FILES = %w[middleware_test middleware_body_test middleware_exception_test threshold_test hostile_text_test].freeze

  GEMFILE = <<~RUBY
    Gem.sources.each { |address| source address }
    gem "rack", "~> #{VERSION}.0"
    gem "minitest", "~> 5.27"
    gem "rice"
  RUBY

  def test_the_middleware_on_the_other_rack
    skip "Rack #{VERSION} cannot be installed here: #{@refusal}" unless installed?
    script = "require 'rack'; abort Rack.release unless Rack.release.start_with?(#{VERSION.inspect});" \
             "#{FILES.inspect}.each { |name| require #{ROOT.inspect} + '/test/ruby/' + name }"
    result = bundled([ RbConfig.ruby, "-rbundler/setup", "-e", script ])
    assert_predicate result, :success?, result.out.lines.last(80).join + result.err
    assert_match(/[1-9]\d* runs.* 0 failures, 0 errors/, result.out)
  end

  private

  def installed?
    FileUtils.mkdir_p(BUNDLE)
    File.write(File.join(BUNDLE, "Gemfile"), GEMFILE)
    return true if bundled([ RbConfig.ruby, "-S", "bundle", "check" ]).success?

    result = bundled([ RbConfig.ruby, "-S", "bundle", "install", "--quiet" ], within: 90)
    @refusal = (result.out + result.err).strip.lines.last
    result.success?
  end

  def bundled(command, within: 60)
    Bundler.with_unbundled_env do
      ChildProcess.command(command, env: { "BUNDLE_GEMFILE" => File.join(BUNDLE, "Gemfile"), "BUNDLE_PATH" => File.join(BUNDLE, "gems") },
                           within: within)
    end
  end
end
