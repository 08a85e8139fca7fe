# frozen_string_literal: true

require "rubygems/package"

# The gem, built once a test run into a folder of its own.
module BuiltGem
  ROOT = File.expand_path("../..", __dir__)

  module_function

  def path
    @path ||= begin
      folder = Dir.mktmpdir("memory_tracker-gem")
      Minitest.after_run { FileUtils.remove_entry(folder) }
      file = File.join(folder, "memory_tracker.gem")
      Dir.chdir(ROOT) do
        Gem::DefaultUserInteraction.use_ui(Gem::SilentUI.new) { Gem::Package.build(Gem::Specification.load("memory_tracker.gemspec"), false, false, file) }
      end
      file
    end
  end

  def specification = Gem::Package.new(path).spec

  # @return [Hash{String => Integer}] the permissions of each packed file
  def modes
    modes = {}
    File.open(path, "rb") do |io|
      Gem::Package::TarReader.new(io).each do |entry|
        next unless entry.full_name == "data.tar.gz"

        Zlib::GzipReader.wrap(StringIO.new(entry.read)) do |data|
          Gem::Package::TarReader.new(data).each { |file| modes[file.full_name] = file.header.mode }
        end
      end
    end
    modes
  end
end
