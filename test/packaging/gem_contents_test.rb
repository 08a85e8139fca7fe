# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/built_gem"

# What a user would download.
class GemContentsTest < Minitest::Test
  def test_every_source_of_the_extension_and_of_the_library_is_in_it
    sources = Dir.glob("{ext,lib}/**/*.{rb,cpp,hpp,h,map,tt,erb}", base: BuiltGem::ROOT)
    assert_operator sources.size, :>, 20
    assert_empty sources - files
  end

  def test_the_documents_are_in_it
    assert_empty %w[LICENSE CHANGELOG.md README.md] - files
  end

  def test_nothing_built_and_nothing_of_the_workshop_is_in_it
    assert_empty files.grep(/\.(so|o|a|bundle|log|flight)\z|\AMakefile|mkmf\.log/)
    assert_empty files.grep(%r{\A(test|benchmark|vendor|tmp|build|\.git|\.ci)/})
    assert_empty files.grep(/Gemfile/)
  end

  def test_the_metadata_is_complete
    specification = BuiltGem.specification
    assert_equal [ "memory_tracker", "MIT", MemoryTracker::VERSION ],
                 [ specification.name, specification.license, specification.version.to_s ]
    assert_equal [ "ext/memory_tracker/extconf.rb" ], specification.extensions
    assert_operator Gem::Requirement.new(specification.required_ruby_version), :satisfied_by?, Gem::Version.new("3.1.2")
    [ specification.summary, specification.description, specification.homepage ].each { |text| refute_empty text.to_s }
    %w[changelog_uri source_code_uri rubygems_mfa_required].each { |key| refute_nil specification.metadata[key], key }
    assert_empty %w[rack rice] - specification.runtime_dependencies.map(&:name)
    assert_empty %w[rails activerecord sqlite3] & specification.runtime_dependencies.map(&:name)
  end

  def test_no_file_can_be_written_by_others
    Gem::Package.new(BuiltGem.path).spec
    assert(BuiltGem.modes.values.all? { |mode| mode & 0o002 == 0 })
  end

  def test_the_changelog_has_the_version
    assert_match(/^## \[?(Unreleased|#{Regexp.escape(MemoryTracker::VERSION)})/, File.read(File.join(BuiltGem::ROOT, "CHANGELOG.md")))
  end

  private

  def files = BuiltGem.specification.files
end
