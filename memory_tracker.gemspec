# frozen_string_literal: true

require_relative "lib/memory_tracker/version"

Gem::Specification.new do |spec|
  spec.name = "memory_tracker"
  spec.version = MemoryTracker::VERSION
  spec.authors = [ "The memory_tracker developers" ]
  spec.summary = "Says which request grew the memory of a Rails process, always on, in production."
  spec.description = <<~TEXT
    A Rack middleware that reads the process's memory, the garbage collector's counters and the
    object counts before and after every request, says how much of the growth belongs to that
    request even on a threaded server, warns with the route above a threshold, and writes one JSON
    line per request from a native thread that no request waits for.
  TEXT
  spec.homepage = "https://github.com/memory-tracker/memory_tracker"
  spec.license = "MIT"
  spec.metadata = {
    "homepage_uri" => spec.homepage,
    "source_code_uri" => spec.homepage,
    "changelog_uri" => "#{spec.homepage}/blob/main/CHANGELOG.md",
    "bug_tracker_uri" => "#{spec.homepage}/issues",
    "rubygems_mfa_required" => "true"
  }

  spec.required_ruby_version = ">= 3.1"
  spec.extensions = [ "ext/memory_tracker/extconf.rb" ]
  spec.files = Dir[
    "lib/**/*.{rb,tt}", "ext/**/*.{cpp,hpp,rb,map}", "exe/*",
    "README.md", "CHANGELOG.md", "LICENSE"
  ]
  spec.bindir = "exe"
  spec.executables = Dir["exe/*"].map { |path| File.basename(path) }

  spec.add_dependency "rack", ">= 2.2"
  # A build dependency as far as the user sees it: the extension compiles against its headers.
  spec.add_dependency "rice", "~> 4.12"
end
