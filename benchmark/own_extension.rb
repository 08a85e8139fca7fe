# frozen_string_literal: true

require "fileutils"
require "rbconfig"

module Bench
  # A C extension of a benchmark's own, built for the Ruby that runs. Nothing of it is in the gem.
  class OwnExtension
    BUILDS = File.expand_path("../tmp", __dir__)

    # @param sources [String] a folder that is called what the extension is, with an extconf.rb
    def initialize(sources)
      @sources = sources
      @name = File.basename(sources)
      @folder = File.join(BUILDS, @name, "#{RUBY_VERSION}-#{RUBY_PLATFORM}")
    end

    # Compiles it where it is missing or older than its sources.
    def build
      return if built?

      FileUtils.mkdir_p(@folder)
      [ [ RbConfig.ruby, File.join(@sources, "extconf.rb") ], [ "make", "--silent" ] ].each do |command|
        output = IO.popen([ *command, chdir: @folder, err: %i[ child out ] ], &:read)
        abort "#{@name} cannot be built: #{output}" unless $?.success?
      end
    end

    def load
      build
      require library
    end

    private
      def library = File.join(@folder, "#{@name}.#{RbConfig::CONFIG.fetch("DLEXT")}")

      def built?
        File.exist?(library) && Dir[File.join(@sources, "*")].all? { |source| File.mtime(source) <= File.mtime(library) }
      end
  end
end
