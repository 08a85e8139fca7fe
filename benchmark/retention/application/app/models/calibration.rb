# frozen_string_literal: true

require "json"

# How many objects each leak keeps a call, by Ruby's own count of all objects before and after many calls, in a
# process that has no tracker at work and serves nobody.
module Calibration
  CALLS = 300
  # Ruby's bookkeeping, which no program can see and the tracker does not count either.
  INTERNAL = %i[ FREE TOTAL T_IMEMO T_NODE T_ICLASS T_ZOMBIE T_MOVED ].freeze

  # RETENTION_LEAKS: "objects 5,strings 8192"
  def self.write(path)
    Process.wait(fork do
      leaks = ENV.fetch("RETENTION_LEAKS").split(",").map(&:split)
      File.write(path, JSON.generate(leaks.to_h { |kind, size| [ kind, kept_by(Leaks.of(kind), Integer(size)) ] }))
      exit!(0)
    end)
  end

  def self.kept_by(leak, size)
    # What comes once, at first, is none of it.
    call(leak, size)
    objects
    before = objects
    call(leak, size)
    (objects - before).fdiv(CALLS).round(2)
  end

  # As requests are, because Active Record keeps other objects where it caches queries.
  def self.call(leak, size)
    CALLS.times { Rails.application.executor.wrap { leak.keep(size) } }
  end

  def self.objects
    3.times { GC.start }
    ObjectSpace.count_objects.except(*INTERNAL).values.sum
  end
  private_class_method :kept_by, :call, :objects
end
