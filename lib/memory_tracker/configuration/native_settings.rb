# frozen_string_literal: true

require "tmpdir"
require "zlib"
require "memory_tracker/fields_json"

module MemoryTracker
  class Configuration
    # A configuration in the words of the extension: bytes, seconds, names.
    class NativeSettings
      BYTES_PER_MB = 1_048_576
      SHARED_MEMORY = "/dev/shm"
      OWN_FOLDER = File.expand_path("../..", __dir__)
      private_constant :BYTES_PER_MB, :SHARED_MEMORY, :OWN_FOLDER

      # @param configuration [Configuration]
      def initialize(configuration)
        @configuration = configuration
      end

      # @return [Hash{Symbol => Object}]
      def to_h
        {
          threshold_bytes: (configuration.threshold * BYTES_PER_MB).round,
          sample_rate: configuration.sample_rate,
          flush_interval: configuration.flush_interval.to_f,
          process_sample_interval: configuration.process_sample_interval&.then { |s| s ? s.to_f : nil },
          queue_size: configuration.queue_size,
          recorder_folder: recorder_folder,
          application_key: application_key,
          constant_fields_json: FieldsJson.generate(configuration.fields),
          started_fields_json: FieldsJson.generate(started_fields),
          gc_counters: gc_counters,
          object_counts: { true => "always", false => "never" }.fetch(configuration.object_counts, "budget"),
          wants_lines: !configuration.on_threshold.nil?,
          **retention,
          **sink
        }
      end

      private

      attr_reader :configuration

      def sink
        case (log = configuration.log_file)
        when :stdout, :stderr then { sink: log.to_s }
        when IO then { sink: "descriptor", log_descriptor: log.fileno }
        else { sink: "file", log_path: log }
        end
      end

      # What is not the application's own code although it may lie in its folder: gems, Ruby, and this.
      def retention
        mode = { budget: "budget", false => "off" }.fetch(configuration.retention, "rate")
        root = defined?(Rails.root) && Rails.root ? Rails.root.to_s : Dir.pwd
        {
          retention: mode, retention_rate: mode == "rate" ? configuration.retention : 0.0,
          application_folders: names_of(root),
          foreign_folders: [ *Gem.path, File.join(root, "vendor/bundle"), RbConfig::CONFIG["rubylibprefix"], OWN_FOLDER ]
            .flat_map { |folder| names_of(folder) },
          started_in_application: real(root) == real(Dir.pwd)
        }
      end

      def names_of(folder) = [ folder, real(folder) ].uniq

      # Shared memory, because a page of a file on disk can make a store wait for the disk.
      def recorder_folder
        return if configuration.flight_recorder == false

        configuration.flight_recorder || (File.writable?(SHARED_MEMORY) ? SHARED_MEMORY : Dir.tmpdir)
      end

      # Tells the recorders of this application from those of others in the same folder: by its log,
      # with links followed, so that a new release with a shared log folder finds those of the last.
      def application_key
        log = configuration.log_file
        place = log.is_a?(String) ? File.join(real(File.dirname(log)), File.basename(log)) : "#{Dir.pwd}|#{configuration.log_name}"
        "app-#{Zlib.crc32(place).to_s(16).rjust(8, "0")}"
      end

      def real(folder) = File.directory?(folder) ? File.realpath(folder) : folder

      def gc_counters
        keys = configuration.gc_stats
        keys = CORE_GC_STATS if keys == :core
        keys = GC.stat.keys if keys == :all
        keys.map(&:to_s)
      end

      def started_fields
        fields = { version: VERSION, ruby: RUBY_DESCRIPTION, threshold: configuration.threshold,
                   process_memory_source: PROCESS_MEMORY_SOURCE }
        fields[:rails] = Rails.version if defined?(Rails.version)
        fields
      end
    end
  end
end
