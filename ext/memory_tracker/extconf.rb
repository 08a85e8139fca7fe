# frozen_string_literal: true

require "mkmf"

# What a missing library is called where it can be installed from.
PACKAGES = {
  "libproc2 (procps-ng 4.0 or newer)" => {
    "Debian, Ubuntu" => "apt-get install libproc2-dev",
    "Fedora" => "dnf install procps-ng-devel",
    "Alpine" => "apk add procps-ng-dev",
    "Arch" => "pacman -S procps-ng"
  },
  "nlohmann/json 3 (header files)" => {
    "Debian, Ubuntu" => "apt-get install nlohmann-json3-dev",
    "Fedora" => "dnf install json-devel",
    "Alpine" => "apk add nlohmann-json",
    "Arch" => "pacman -S nlohmann-json"
  }
}.freeze

def missing!(library)
  commands = PACKAGES.fetch(library).map { |system, command| "    #{system.ljust(15)} #{command}" }
  abort <<~MESSAGE
    #{"-" * 80}
    memory_tracker cannot be compiled: #{library} was not found.

    Install it, then run the same command again:
    #{commands.join("\n").lstrip.prepend("    ")}

    What was tried is in #{File.expand_path(MakeMakefile::Logging.instance_variable_get(:@logfile))}
    #{"-" * 80}
  MESSAGE
end

# Both are looked for before mkmf-rice is loaded, whose own check of its headers compiles for
# five seconds: who lacks a package is told at once.
def find_libproc2!
  found = pkg_config("libproc2") && have_func("procps_pids_new", "libproc2/pids.h")
  found || missing!("libproc2 (procps-ng 4.0 or newer)")
  version = pkg_config("libproc2", "modversion")
  $defs << %(-DMEMORY_TRACKER_LIBPROC2_VERSION='"#{version}"')
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

abort "memory_tracker reads /proc, so it runs on Linux only." unless RUBY_PLATFORM.include?("linux")
find_libproc2!
find_nlohmann_json!
have_library("dl", "dladdr")
have_func("rb_internal_thread_add_event_hook", "ruby/thread.h") # Ruby 3.2
have_func("rb_internal_thread_specific_key_create", "ruby/thread.h") # Ruby 3.3
have_func("rb_obj_memsize_of")

require "mkmf-rice"

folders = %w[binding binding/retention core core/process core/record core/retention core/output]
$srcs = folders.flat_map { |folder| Dir.glob("#{folder}/*.cpp", base: __dir__) }
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
end
