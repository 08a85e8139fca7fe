# frozen_string_literal: true

require_relative "puma_server"

# test/dummy, the real Rails application, on a real Puma with a log of its own.
class DummyServer < PumaServer
  ROOT = File.expand_path("../dummy", __dir__)

  # glibc moves the size above which it maps a piece by itself with what was freed; fixed, so that what a
  # request keeps never lies in memory that an earlier one gave back.
  FRESH_PIECES = { "MALLOC_MMAP_THRESHOLD_" => "131072" }.freeze

  attr_reader :log

  def initialize(folder, env: {}, **options)
    path = File.join(folder, "dummy.log")
    @log = TrackerLog.new(path)
    super(File.join(ROOT, "config.ru"), env: { "DUMMY_LOG_FILE" => path, **FRESH_PIECES }.merge(env), **options)
  end

  # The lines of requests to this path, once there are so many.
  def lines_of(url, count: 1)
    eventually(within: 10, what: "#{count} line(s) of #{url}") do
      lines = log.requests.select { |line| line["url"] == url }
      lines if lines.size >= count
    end
  end

  def line_of(url) = lines_of(url).last
end
