# frozen_string_literal: true

require "fileutils"
require "tmpdir"

# A folder for each test, gone after it.
module OwnFolder
  def setup
    super
    @folder = Dir.mktmpdir("memory_tracker")
  end

  def teardown
    FileUtils.remove_entry(folder)
    super
  end

  private

  attr_reader :folder
end
