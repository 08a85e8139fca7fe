# frozen_string_literal: true

require_relative "own_folder"

# A test with a folder and a log of its own, which leaves no tracker behind.
class TrackerTest < Minitest::Test
  include Eventually
  include OwnFolder

  MEGABYTE = 1_048_576

  ALWAYS_NEW_PAGES_MB = 40

  def teardown
    MemoryTracker.stop
    @new_pages&.each(&:free)
    GC.enable
    super
  end

  private

  def log_path = File.join(folder, "memory_tracker.log")
  def log = TrackerLog.new(log_path)

  def middleware(application, **options)
    MemoryTracker::Middleware.new(application, log_file: log_path, **options)
  end

  # @yieldparam disk [SmallFileSystem]
  def with_small_file_system(kib:, &block)
    SmallFileSystem.mounted(File.join(folder, "small"), kib: kib, &block)
  rescue SmallFileSystem::Refused => error
    skip error.message
  end

  # The middleware around the application as a server would drive it, checked by Rack::Lint on both sides.
  def serving(application, response_finished: true, **options)
    tracked = middleware(Rack::Lint.new(application), **options)
    InProcessServer.new(Rack::Lint.new(tracked), response_finished: response_finished)
  end

  # The same without Lint, for what Lint itself refuses or hides.
  def serving_unchecked(application, response_finished: true, **options)
    InProcessServer.new(middleware(application, **options), response_finished: response_finished)
  end

  def flushed_requests
    assert MemoryTracker.flush(timeout: 5), "flush did not finish"
    log.requests
  end

  def only_request
    requests = flushed_requests
    assert_equal 1, requests.size, "expected one request line, got #{requests.inspect[0, 600]}"
    requests.first
  end

  def ok(text = "ok") = ->(_env) { [ 200, { "content-type" => "text/plain" }, [ text ] ] }

  # Keeps pages that this call touched for the first time until the test ends. Mapped, for malloc may give what
  # earlier tests freed, however large the block. Nothing is collected until the test ends: what earlier tests
  # left behind would be taken off the growth.
  def keep_new_pages
    GC.disable
    pages = IO::Buffer.new(ALWAYS_NEW_PAGES_MB * MEGABYTE, IO::Buffer::MAPPED)
    (@new_pages ||= []) << pages
    pages.clear(1)
  end

  # For exact figures: a collection within the request would free what earlier tests left behind.
  def without_collections
    GC.start
    GC.disable
    yield
  ensure
    GC.enable
  end

  # All that was written to a pipe. It ends only when nobody holds the writing end any more.
  def rest_of(reader)
    received = +""
    eventually(within: 5, what: "the end of the pipe") do
      received << reader.read_nonblock(1 << 16)
      false
    rescue IO::WaitReadable
      false
    rescue EOFError
      true
    end
    received
  end

  def with_environment(variables)
    before = variables.to_h { |name, _| [ name, ENV[name] ] }
    ENV.update(variables)
    yield
  ensure
    ENV.update(before)
  end
end
