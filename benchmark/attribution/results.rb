# frozen_string_literal: true

require "etc"
require "fileutils"
require "json"
require "puma/const"
require_relative "../machine"
require_relative "server"
require_relative "table"

module Attribution
  # Everything one run finds, for the file that programs read.
  class Results
    FOLDER = File.expand_path("../results", __dir__)

    def initialize(comparisons, switch, outcomes)
      @comparisons = comparisons
      @switch = switch
      @outcomes = outcomes
    end

    def circumstances
      format("Ruby %s%s, Puma %s, Linux %s, %d processors, %s", RUBY_VERSION, yjit? ? " with YJIT" : "", Puma::Const::VERSION,
        Etc.uname.fetch(:release)[/\A\d+\.\d+/], Etc.nprocessors, Time.now.utc.strftime("%Y-%m-%d"))
    end

    def to_s = Table.new(@comparisons, @outcomes, circumstances).to_s

    # One pair of files for each Ruby, so that a run on another one is no replacement.
    def write
      FileUtils.mkdir_p(FOLDER)
      name = "attribution#{"-#{RUBY_VERSION[/\A\d+\.\d+/]}" unless RUBY_VERSION.start_with?("3.1.")}"
      File.write(File.join(FOLDER, "#{name}.md"), to_s)
      File.write(File.join(FOLDER, "#{name}.json"), "#{JSON.pretty_generate(to_h)}\n")
      File.join(FOLDER, "#{name}.md")
    end

    private
      def to_h
        { ruby: RUBY_DESCRIPTION, puma: Puma::Const::VERSION, kernel: Etc.uname.fetch(:release), machine: Bench::Machine.to_h,
          processors: Etc.nprocessors, time: Time.now.utc.strftime("%FT%TZ"), targets: @outcomes.map(&:to_h),
          switch_us: @switch&.then { |switch| { without: switch.without.round(3), with: switch.with.round(3) } },
          mixes: @comparisons.map { |comparison| mix(comparison) } }.compact
      end

      def mix(comparison)
        { name: comparison.mix.name, threads: comparison.mix.threads, requests: comparison.answers.size,
          overlapping: comparison.overlapping, seconds: comparison.seconds.round(2), peak_mb: comparison.peak,
          kinds: comparison.kinds.map { |kind| kind_hash(kind) }, objects: objects(comparison) }
      end

      def objects(comparison)
        { scopes: comparison.objects_scopes, error: comparison.objects.to_h, process_wide: comparison.process_wide_objects.to_h }
      end

      def kind_hash(kind)
        common = { kind: kind.label, requests: kind.count }
        return common.merge(figures: kind.figures.to_h, warnings: kind.warnings) unless kind.judged?

        common.merge(truth_mb: kind.truth.round(3), untold: kind.unknown, ours: kind.ours.to_h, process_wide: kind.process_wide.to_h)
      end

      def yjit? = defined?(RubyVM::YJIT) && RubyVM::YJIT.enabled?
  end
end
