# frozen_string_literal: true

# Requests with texts of every kind, jobs and blocks with their fields, flush and stop; requests that are
# sampled, and how these end. Tests that weigh the process are not among them: valgrind's own memory would be
# on the scale.
MEMCHECK_TESTS = %w[hostile_text track_fields flush retention_kinds retention_ends retention_marking].freeze

namespace :test do
  desc "The binding under valgrind: memory errors, and leaks that are the extension's (FILES=hostile_text,flush)"
  task memcheck: :compile do
    require "ruby_memcheck"
    names = ENV.fetch("FILES", MEMCHECK_TESTS.join(",")).split(",")
    configuration = RubyMemcheck::Configuration.new(binary_name: "memory_tracker", valgrind_suppressions_dir: "test/memcheck")
    RubyMemcheck::TestTask.new(configuration, "memcheck:run") do |test|
      test.libs << "test"
      test.test_files = names.map { |name| "test/ruby/#{name}_test.rb" }
      test.warning = false
    end
    Rake::Task["memcheck:run"].invoke
  end
end
