# frozen_string_literal: true

require "fileutils"
require "rbconfig"

module Bench
  # What the benchmarks need of C: the four system calls that are the floor of a truthful measurement,
  # and caches in which nothing of ours is left. Built here for the Ruby that runs; nothing of it is in
  # the gem.
  module Probe
    SOURCES = File.expand_path("probe", __dir__)
    FOLDER = File.expand_path("../tmp/probe/#{RUBY_VERSION}-#{RUBY_PLATFORM}", __dir__)
    LIBRARY = File.join(FOLDER, "probe.#{RbConfig::CONFIG.fetch("DLEXT")}")

    class << self
      # @return [void]
      def load
        build unless built?
        require LIBRARY
      end

      private
        def built?
          File.exist?(LIBRARY) && Dir[File.join(SOURCES, "*")].all? { |source| File.mtime(source) <= File.mtime(LIBRARY) }
        end

        def build
          FileUtils.mkdir_p(FOLDER)
          [ [ RbConfig.ruby, File.join(SOURCES, "extconf.rb") ], [ "make", "--silent" ] ].each do |command|
            output = IO.popen([ *command, chdir: FOLDER, err: %i[ child out ] ], &:read)
            abort "The probe cannot be built: #{output}" unless $?.success?
          end
        end
    end
  end
end
