# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/built_gem"

# The built gem in an empty GEM_HOME: compiled there, loaded from there, at work in a plain Rack application.
class InstalledGemTest < Minitest::Test
  INSTALL_SECONDS = 240

  APPLICATION = <<~'RUBY'
    require "json"
    require "rack"
    require "memory_tracker"
    application = MemoryTracker::Middleware.new(->(_env) { [ 200, {}, [ "served" ] ] }, log_file: ARGV[0], fields: { service: "shop" })
    _, _, body = application.call(Rack::MockRequest.env_for("/orders/42"))
    body.each { |text| print text }
    body.close
    MemoryTracker.stop
    print " ", $LOADED_FEATURES.grep(/memory_tracker\.so/).first
  RUBY

  def test_it_works_in_a_plain_rack_application
    Dir.mktmpdir do |folder|
      home = File.join(folder, "gems")
      installed = gem_command("install", "--local", "--ignore-dependencies", "--no-document", "--install-dir", home, BuiltGem.path,
                              home: home)
      assert_predicate installed, :success?, installed.out + installed.err
      assert_operator Dir.glob("#{home}/{extensions,gems}/**/memory_tracker.so").size, :>=, 1

      log = File.join(folder, "log")
      result = outside_the_bundle {
 ChildProcess.command([ RbConfig.ruby, "-e", APPLICATION, "--", log ], env: environment(home), chdir: folder) }
      assert_predicate result, :success?, result.err
      assert_empty result.err
      served, library = result.out.split
      assert_equal "served", served
      assert library.start_with?(home), "loaded from #{library}"
      assert_equal [ [ "/orders/42", "shop" ] ], TrackerLog.new(log).requests.map { |line| line.values_at("url", "service") }
    end
  end

  private

  def gem_command(*arguments, home:)
    outside_the_bundle do
      ChildProcess.command([ RbConfig.ruby, "-S", "gem", *arguments ], env: environment(home).merge("MAKEFLAGS" => "-j2"),
                           within: INSTALL_SECONDS)
    end
  end

  # The dependencies come from where they are installed already; ours is in a folder that was empty.
  def environment(home)
    { "GEM_HOME" => home, "GEM_PATH" => [ home, *@dependencies ].join(":"), "RUBYOPT" => nil, "RUBYLIB" => nil }
  end

  def outside_the_bundle(&block)
    @dependencies ||= Gem.path
    defined?(Bundler) ? Bundler.with_unbundled_env(&block) : block.call
  end
end
