# frozen_string_literal: true

require_relative "built_gem"
require_relative "child_process"

# The built gem, installed into a GEM_HOME that was empty; what it depends on comes from where that is
# installed already. Without Bundler, as `gem install` leaves it.
class InstalledGem
  INSTALL_SECONDS = 600

  # The compiler's optimizations take half of the time, and nothing here is measured.
  BUILD_FLAGS = [ "--", "--with-cxxflags=-O0" ].freeze

  class NotInstalled < StandardError; end

  attr_reader :home, :output

  # @param home [String] an empty folder
  # @param env [Hash{String => String}] for the installation only
  def initialize(home, env: {})
    @home = home
    result = ChildProcess.command([ RbConfig.ruby, "-S", "gem", "install", "--local", "--ignore-dependencies", "--no-document",
                                    "--install-dir", home, BuiltGem.path, *BUILD_FLAGS ],
                                  env: environment.merge("MAKEFLAGS" => "-j2", **env), within: INSTALL_SECONDS)
    @output = result.out + result.err
    raise NotInstalled, @output unless result.success?
  end

  # The compiled extensions.
  def libraries = Dir.glob("#{home}/**/memory_tracker.so")

  # What the installation wrote about its compilation.
  def compilation = Dir.glob("#{home}/extensions/**/gem_make.out").map { |path| File.read(path) }.join

  # Runs a script in a process that has this gem and no other copy of it.
  # @param under [Array<String>] a command that runs commands
  def run(script, arguments: [], env: {}, under: [], chdir: home)
    ChildProcess.command([ *under, RbConfig.ruby, "-e", script, "--", *arguments ], env: environment.merge(env), chdir: chdir)
  end

  # For a process that is to load this gem.
  def environment
    { "GEM_HOME" => home, "GEM_PATH" => [ home, *Gem.path ].join(":"), "RUBYOPT" => nil, "RUBYLIB" => nil, "BUNDLE_GEMFILE" => nil,
      "BUNDLE_BIN_PATH" => nil, "BUNDLER_SETUP" => nil }
  end
end
