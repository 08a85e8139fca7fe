# frozen_string_literal: true

# What requests notice when the disk of the log is full: the Rails application of the throughput part on a
# Puma cluster under wrk, whose log is on a small file system that is full in every second round. Mounting it
# takes root.
#
#   bin/benchmark full_disk

require "tmpdir"
require_relative "../test/support/eventually"
require_relative "../test/support/small_file_system"
require_relative "../test/support/tracker_log"
require_relative "result_file"
require_relative "spread"
require_relative "throughput/cluster"

module Bench
  # One cluster for all of it. Rounds with room and without change places, for the machine has slow moments.
  class FullDisk
    PAIRS = ResultFile.quick? ? 3 : 12
    SECONDS = ResultFile.quick? ? 2 : 10
    WARM_UP_SECONDS = 3
    DISK_KIB = 512 * 1024

    def initialize(disk, folder)
      @disk = disk
      @log = File.join(disk.path, "tracker.log")
      @cluster = Throughput::Cluster.new(File.join(folder, "shop"), tracked: true, log: @log)
    end

    def measure
      @cluster.round(WARM_UP_SECONDS)
      pairs = Array.new(PAIRS) { |number| number.even? ? [ with_room, without_room ] : [ without_room, with_room ].reverse }
      @cluster.stop
      rooms, fulls = pairs.transpose
      { "workers" => Throughput::Cluster::WORKERS, "threads" => Throughput::Cluster::THREADS, "pairs" => PAIRS, "seconds" => SECONDS,
        "room" => Spread.medians(rooms), "full" => Spread.medians(fulls), "ratios" => ratios(pairs),
        "same" => ratios(neighbours(rooms)), **account }
    ensure
      @cluster.stop
    end

    private
      def with_room = @cluster.round(SECONDS)

      def without_room
        @disk.fill
        @cluster.round(SECONDS)
      ensure
        @disk.make_room
      end

      # Every second round with room follows another one.
      def neighbours(rooms) = rooms.drop(1).each_slice(2).select { |pair| pair.size == 2 }

      # The second by the first, pair by pair; the lowest, the median and the highest.
      def ratios(pairs)
        pairs.first.first.keys.to_h do |figure|
          found = pairs.map { |first, second| second.fetch(figure) / first.fetch(figure) }
          [ figure, [ found.min, Spread.median(found), found.max ] ]
        end
      end

      # Each request is a line, or one of those that a `dropped` line counts.
      def account
        lines = TrackerLog.new(@log).lines
        requests, dropped, stopped = %w[ request dropped stopped ].map { |event| lines.select { |line| line["event"] == event } }
        written, lost, served = requests.size, dropped.sum { |line| line["count"] }, stopped.sum { |line| line["requests"] }
        raise "#{served} requests, #{written} lines and #{lost} dropped" unless served == written + lost

        { "requests" => served, "written" => written, "dropped" => lost }
      end
  end
end

machine = Bench::Machine.to_h
Dir.mktmpdir do |folder|
  SmallFileSystem.mounted(File.join(folder, "disk"), kib: Bench::FullDisk::DISK_KIB) do |disk|
    puts Bench::ResultFile.write("full_disk", machine, Bench::FullDisk.new(disk, folder).measure)
  end
rescue SmallFileSystem::Refused => error
  abort "full_disk: #{error.message}"
end
