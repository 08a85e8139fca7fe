# frozen_string_literal: true

# Elsewhere an application that has the gem in its Gemfile is to install and boot all the same: the
# Makefile does nothing, and MemoryTracker::Native says why nothing is tracked. Before mkmf, which
# wants Ruby's header files and, on JRuby, is not there.
unless RUBY_PLATFORM.include?("linux") && RUBY_ENGINE == "ruby"
  puts "memory_tracker measures on Linux with CRuby only; here (#{RUBY_ENGINE} on #{RUBY_PLATFORM}) nothing is compiled."
  File.write("Makefile", "all clean distclean install static:\n\t@:\n.PHONY: all clean distclean install static\n")
  exit
end

require "mkmf"

# What a library is called where it can be installed from. Older systems (Ubuntu 22.04, RHEL 9) have
# no libproc2.
PACKAGES = {
  "libproc2 (procps-ng 4.0 or newer)" => {
    "Debian, Ubuntu" => "apt-get install libproc2-dev",
    "Fedora" => "dnf install procps-ng-devel",
    "Alpine" => "apk add procps-ng-dev",
    "Arch" => "pacman -S procps-ng"
  },
  "nlohmann/json 3 (header files)" => {
    "Debian, Ubuntu" => "apt-get install nlohmann-json3-dev",
    "Fedora, RHEL" => "dnf install json-devel",
    "Alpine" => "apk add nlohmann-json",
    "Arch" => "pacman -S nlohmann-json"
  }
}.freeze

def packages(library)
  PACKAGES.fetch(library).map { |system, command| "    #{system.ljust(15)} #{command}" }.join("\n")
end

def missing!(library)
  abort <<~MESSAGE
    #{"-" * 80}
    memory_tracker cannot be compiled: #{library} was not found.

    Install it, then run the same command again:
    #{packages(library)}

    What was tried is in #{File.expand_path(MakeMakefile::Logging.instance_variable_get(:@logfile))}
    #{"-" * 80}
  MESSAGE
end

# Both are looked for before mkmf-rice is loaded, whose own check of its headers compiles for
# five seconds: who lacks a package is told at once.
def find_libproc2
  version = pkg_config("libproc2", "modversion")
  return false unless version

  flags = %w[cflags libs].map { |kind| pkg_config("libproc2", kind) }.join(" ")
  return false unless have_func("procps_pids_new", "libproc2/pids.h", flags)

  pkg_config("libproc2")
  $defs << %(-DMEMORY_TRACKER_LIBPROC2_VERSION='"#{version}"')
  true
end

def announce_own_reader
  library = "libproc2 (procps-ng 4.0 or newer)"
  message <<~MESSAGE
    #{library} was not found: memory_tracker reads /proc by itself, for the same figures.
    To use libproc2, install it where the system has it, and compile again:
    #{packages(library)}
  MESSAGE
end

# mkmf tests with the C compiler until mkmf-rice is loaded, and the header is C++: its presence is
# asked of the preprocessor's search path.
def find_nlohmann_json!
  pkg_config("nlohmann_json")
  command = "#{RbConfig::CONFIG["CXX"]} #{$INCFLAGS} #{$CPPFLAGS} -std=c++17 -x c++ -fsyntax-only"
  probe = MakeMakefile.rm_f("conftest.cpp") && File.write("conftest.cpp", <<~SOURCE)
    #if !__has_include(<nlohmann/json.hpp>)
    #error "no nlohmann/json.hpp"
    #endif
  SOURCE
  found = probe && xsystem("#{RbConfig.expand(command)} conftest.cpp")
  MakeMakefile.rm_f("conftest.cpp")
  found || missing!("nlohmann/json 3 (header files)")
end

libproc2 = find_libproc2
announce_own_reader unless libproc2
find_nlohmann_json!
have_library("dl", "dladdr")
have_func("rb_internal_thread_add_event_hook", "ruby/thread.h") # Ruby 3.2
have_func("rb_internal_thread_specific_key_create", "ruby/thread.h") # Ruby 3.3
have_func("rb_obj_memsize_of")

require "mkmf-rice"

folders = %w[binding binding/retention core core/process core/record core/retention core/output]
$srcs = folders.flat_map { |folder| Dir.glob("#{folder}/*.cpp", base: __dir__) }
               .reject { |file| File.basename(file).start_with?("libproc2_") && !libproc2 }
               .map { |file| File.join(__dir__, file) }
$VPATH.concat(folders.map { |folder| "$(srcdir)/#{folder}" })
$INCFLAGS << " -I$(srcdir)"
# As a system header: clang warns about Rice's own.
$INCFLAGS << " -isystem #{Gem.loaded_specs.fetch("rice").full_gem_path}/include"
# Rice keeps its registries in inline statics: with default visibility two Rice extensions in one
# process would share them, and the other one's error handler would replace ours.
$CXXFLAGS << " -fvisibility=hidden -g1 -Wall"
$CXXFLAGS << " -Werror" if ENV["MEMORY_TRACKER_WERROR"]
$LDFLAGS << " -Wl,--version-script=#{File.join(__dir__, "exports.map")}"

create_makefile("memory_tracker/memory_tracker") do |makefile|
  headers = Dir.glob("**/*.hpp", base: __dir__).map { |header| "$(srcdir)/#{header}" }
  makefile << "\nHDRS += #{headers.join(" ")}\n"
  # Large by their libraries' templates, and no part of a request's way: these are memory of every process.
  makefile << "\nmemory_tracker.o recovered_line.o report_hash.o recovery.o: CXXFLAGS += -Os\n"
end
