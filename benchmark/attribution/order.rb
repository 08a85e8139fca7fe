# frozen_string_literal: true

require_relative "pieces"

module Attribution
  # One request: what it is told to do by its path, and what that makes of the process's memory.
  #
  # deed:: "keep" what it makes, "release" it itself before the answer, or "drop" it for the collector
  # pause:: what it does in the middle and at the end, see Pauses
  Order = Struct.new(:deed, :pieces, :megabytes, :pause, :number) do
    def self.parse(path)
      _, deed, pieces, megabytes, pause, number = path.split("/")
      new(deed, pieces, Integer(megabytes), pause, Integer(number)) if number
    end

    def path = "/#{deed}/#{pieces}/#{megabytes}/#{pause}/#{number}"

    def stuff = Pieces::BY_NAME.fetch(pieces)
    def count = stuff.count(megabytes)
    def keeps_nothing? = megabytes.zero?
    def heavy? = deed == "keep" && !keeps_nothing?

    # Bytes by which the process is larger for it, for good. What a request leaves to the collector has
    # no such truth: when it goes, and whether to the kernel or to the next request, is decided after
    # its end.
    def growth_bytes
      return 0 if keeps_nothing? || deed == "release"

      stuff.bytes(megabytes) if deed == "keep"
    end

    # What the workload itself makes: the pieces and the Array that holds them.
    def objects = keeps_nothing? ? 0 : count + 1

    def label
      return "keeps nothing" if keeps_nothing?

      "#{{ "keep" => "keeps", "release" => "releases", "drop" => "leaves to the GC" }.fetch(deed)} #{megabytes} MB, #{pieces}"
    end
  end
end
