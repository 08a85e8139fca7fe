# frozen_string_literal: true

module Retention
  # An endpoint of the application and the truth about it.
  #
  # name:: as the tracker should call it
  # share:: of the workload's requests
  # verdicts:: those that are right, the truest first
  # leak:: [ kind, size ] of what is kept for good; nil: nothing is
  # file:: of the application's code that makes what is kept, where its lines are to be named
  class Endpoint
    APPLICATION = File.expand_path("application", __dir__)
    # With fewer samples than these nobody can tell, and "unknown" is not wrong: see README.md on what verdicts take.
    FEWEST_CLEAN = 75
    FEWEST_OTHERS = 12

    attr_reader :name, :share, :verdicts, :leak, :file

    def initialize(name, share, verdicts, leak: nil, file: nil, &path)
      @name = name
      @share = share
      @verdicts = verdicts
      @leak = leak
      @file = file
      @path = path
    end

    class << self
      def page(action, share) = new("PagesController##{action}", share, %w[ clean ]) { |random| "/pages/#{action}/#{random.rand(1_000)}" }

      def leak(kind, size, share)
        new("LeaksController##{kind}", share, %w[ leaking ], leak: [ kind, size ], file: "app/models/leaks/#{kind}.rb") {
 "/leaks/#{kind}/#{size}" }
      end

      # Keys come evenly from so many.
      def cache(kind, capacity, keys, share, verdicts)
        new("CachesController##{kind}", share, verdicts, file: "app/models/caches/#{kind}.rb") { |random|
 "/caches/#{kind}/#{capacity}/#{random.rand(keys)}" }
      end

      def stay(kind, size, share, verdicts)
        new("StaysController##{kind}", share, verdicts) { "/stays/#{kind}/#{size}" }
      end
    end

    def truth = verdicts.first
    def leaking? = truth == "leaking"
    def path(random) = @path.call(random)
    def fewest_samples = truth == "clean" ? FEWEST_CLEAN : FEWEST_OTHERS

    # @return [Array<String>] "app/models/leaks/objects.rb:8", every line that makes some of what is kept
    def lines
      File.readlines(File.join(APPLICATION, file)).filter_map.with_index(1) { |line, number|
 "#{file}:#{number}" if line.end_with?("# kept\n") }
    end
  end
end
