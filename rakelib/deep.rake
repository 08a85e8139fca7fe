# frozen_string_literal: true

DEEP_RUBY_TESTS = {
  compaction: [ "test/ruby/compaction_test.rb", "The binding while every object is moved" ],
  gc_stress: [ "test/{ruby/gc_stress,deep/stress}_test.rb", "The binding with a collection at every allocation" ],
  retention_soak: [ "test/deep/retention_soak_test.rb", "A server all of whose requests are followed, for SOAK_SECONDS=60" ]
}.freeze

namespace :test do
  DEEP_RUBY_TESTS.each do |name, (files, what)|
    Rake::TestTask.new(name => :compile) do |test|
      test.libs << "test"
      test.pattern = files
      test.description = what
      test.warning = false
    end
  end

  desc "What bin/test has no time for: sanitizers, valgrind, stress, and the fuzzers for SECONDS=60 each"
  task deep: %w[ test:asan test:tsan test:memcheck test:gc_stress test:retention_soak test:fuzz ]
end
