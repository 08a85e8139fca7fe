# frozen_string_literal: true

require "fileutils"
require "rbconfig"

module Attribution
  # Counts the objects that each Ruby thread makes, one by one, by an extension of its own that is built
  # here for the Ruby that runs. Nothing of it is in the gem.
  class ObjectOracle
    SOURCES = File.expand_path("object_oracle", __dir__)
    ROOT = File.expand_path("../..", __dir__)
    FOLDER = File.join(ROOT, "tmp", "object_oracle", "#{RUBY_VERSION}-#{RUBY_PLATFORM}")
    LIBRARY = File.join(FOLDER, "object_oracle.#{RbConfig::CONFIG.fetch("DLEXT")}")

    # Compiles it where it is missing or older than its sources.
    # @return [Class] itself, with .count: objects that the calling thread has made since the start
    def self.load
      build unless built?
      require LIBRARY
      start
      self
    end

    def self.built?
      File.exist?(LIBRARY) && Dir[File.join(SOURCES, "*")].all? { |source| File.mtime(source) <= File.mtime(LIBRARY) }
    end

    def self.build
      FileUtils.mkdir_p(FOLDER)
      commands = [ [ RbConfig.ruby, File.join(SOURCES, "extconf.rb") ], [ "make", "--silent" ] ]
      commands.each do |command|
        output = IO.popen([ *command, chdir: FOLDER, err: %i[ child out ] ], &:read)
        abort "The object oracle cannot be built: #{output}" unless $?.success?
      end
    end
  end
end
