# frozen_string_literal: true

require "etc"
require "time"

module Bench
  # On what a figure was found: without it nobody can compare.
  module Machine
    GEMS = %w[ memory_tracker rack rails puma autotuner oink prometheus_exporter scout_apm trashed ].freeze

    module_function

    def to_h
      { "cpu" => cpu, "cores" => Etc.nprocessors, "memory_gb" => memory_gb, "kernel" => Etc.uname.fetch(:release),
        "libc" => Etc.confstr(Etc::CS_GNU_LIBC_VERSION), "ruby" => RUBY_DESCRIPTION, "yjit" => yjit?,
        "gems" => GEMS.filter_map { |name| Gem.loaded_specs[name]&.then { |spec| [ name, spec.version.to_s ] } }.to_h,
        "load_average" => File.read("/proc/loadavg").split.first(3).map(&:to_f), "time" => Time.now.utc.iso8601 }
    end

    def cpu = File.read("/proc/cpuinfo")[/^model name\s*:\s*(.+)$/, 1]&.strip
    def memory_gb = (Etc.sysconf(Etc::SC_PHYS_PAGES) * Etc.sysconf(Etc::SC_PAGESIZE) / 1e9).round
    def yjit? = defined?(RubyVM::YJIT) && RubyVM::YJIT.enabled? ? true : false
  end
end
