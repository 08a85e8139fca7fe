# frozen_string_literal: true

require_relative "../test_helper"

# A real Puma that follows as many requests as it can, for SOAK_SECONDS=60 (SOAK_REST=0.0 is the share of which
# it rests): it lives, answers, blames nobody, and has in the end what it had after the warm-up. What it has is
# what Ruby and malloc have given out: the resident size also rises with the holes between the pieces, up to the
# size of the arena at its highest.
class RetentionSoakTest < TrackerTest
  SECONDS = Integer(ENV.fetch("SOAK_SECONDS", "60"))
  REST_SHARE = Float(ENV.fetch("SOAK_REST", "0"))
  WARM_UP_SHARE = 0.2
  REQUESTS_A_ROUND = 2_000
  SLOTS = 3_000
  MALLOC_MEGABYTES = 4
  ENDPOINTS = %w[/strings /structs /classes /nested /fibers /threads /raised /streamed /slow /collected /compacted].freeze

  RACKUP = <<~'RUBY'
    loud, $VERBOSE = $VERBOSE, nil # Ruby 3.4 warns of the day when it comes without fiddle
    require "fiddle"
    $VERBOSE = loud
    require "memory_tracker"
    Line = Struct.new(:text, :after)
    Lines = Class.new { def each = 5.times { |number| yield "line #{number}\n" } }
    Broken = Class.new(StandardError)
    compacted = Queue.new
    work = {
      "/strings" => -> { Array.new(40) { |number| "text #{number}" * 20 } },
      "/structs" => -> { Array.new(20).reduce(nil) { |after, _| Line.new("x" * 100, after) } },
      "/classes" => -> { Class.new { attr_accessor :name }.new.name = :"name_#{rand(100)}" },
      "/nested" => -> { MemoryTracker.track("part") { Array.new(300) { {} } } },
      "/fibers" => -> { Fiber.new { Array.new(10) { Object.new } }.resume },
      "/threads" => -> { Thread.new { Array.new(10) { Object.new } }.join },
      "/raised" => -> { raise Broken },
      "/slow" => -> { held = Array.new(10) { Object.new }; sleep 0.002; held },
      "/collected" => -> { GC.start if rand(20).zero? },
      "/compacted" => -> { compacted << true; GC.compact if compacted.size % 500 == 1 }
    }
    # In use, by glibc's own account: all arenas and what is mapped by itself.
    libc = Fiddle.dlopen(nil)
    call = ->(name, *types, returns) { Fiddle::Function.new(libc[name], types, returns) }
    pointer, number = Fiddle::TYPE_VOIDP, Fiddle::TYPE_INT
    malloced = lambda do
      file = call["fopen", pointer, pointer, pointer].call(ENV.fetch("MALLOC_INFO"), "w")
      call["malloc_info", number, pointer, number].call(0, file)
      call["fclose", pointer, number].call(file)
      total = File.read(ENV.fetch("MALLOC_INFO")).rpartition("</heap>").last
      size = ->(type) { total[/type="#{type}".*size="(\d+)"/, 1]&.to_i }
      size["current"] + size["mmap"] - size["rest"] - size["fast"].to_i # newer ones have no fast bins
    end
    settled = lambda do
      35.times { GC.start }
      { slots: GC.stat(:heap_live_slots), malloced: malloced.call, major_gcs: GC.stat(:major_gc_count), stats: MemoryTracker.stats, report: MemoryTracker.report }
    end
    use(Class.new do
      def initialize(application) = @application = application
      def call(env)
        @application.call(env)
      rescue Broken
        [ 200, {}, [ "raised" ] ]
      end
    end)
    use MemoryTracker::Middleware, log_file: File::NULL, retention: 1.0
    run(lambda do |env|
      path = env["PATH_INFO"]
      work[path]&.call
      [ 200, {}, path == "/streamed" ? Lines.new : [ path == "/settled" ? JSON.generate(settled.call) : "ok" ] ]
    end)
  RUBY

  def test_nothing_grows_while_every_request_is_followed
    File.write(rackup = File.join(folder, "config.ru"), RACKUP)
    environment = { "MALLOC_INFO" => File.join(folder, "malloc.xml"), "MEMORY_TRACKER_FLIGHT_RECORDER" => folder,
                    "RUBYLIB" => ChildProcess::RUBYLIB }
    @spoiled = 0
    PumaServer.open(rackup, env: environment) do |server|
      received = load(server, SECONDS * WARM_UP_SHARE)
      early = footprint(server)
      received += load(server, SECONDS * (1 - WARM_UP_SHARE))
      late = footprint(server)
      tell(received, early, late)
      assert_operator @spoiled, :<=, PumaServer.most_spoiled(received)
      assert_flat(early, late)
      assert_followed(received, early, late)
      server.stop
      assert_empty server.errors
    end
  end

  private

  # @return [Integer] responses
  def load(server, seconds)
    ends = now + seconds
    received = 0
    ENDPOINTS.cycle do |path|
      began = now
      break if began >= ends

      wrk = Wrk.run(server.port, path, requests: REQUESTS_A_ROUND, folder: folder)
      assert_equal [ 0, 0 ], wrk.values_at(:refused, :socket_errors), path
      received += wrk[:received]
      @spoiled += wrk[:spoiled]
      sleep (now - began) * REST_SHARE / (1 - REST_SHARE)
    end
    received
  end

  def footprint(server)
    response = server.client.get("/settled")
    assert_equal "200", response.code, "#{response.body}\n#{server.errors}"
    JSON.parse(response.body, symbolize_names: true).merge(rss: ProcessFigures.new(server.pid).rss)
  end

  def tell(received, early, late)
    puts format("Ruby %s: %d responses (%d spoiled), %d major collections, %d samples; live slots %d and %d, malloc %.1f and " \
                "%.1f MB, RSS %.1f and %.1f MB", RUBY_VERSION, received, @spoiled, late[:major_gcs], late[:stats][:retention][:samples],
                early[:slots], late[:slots], *[ early, late ].map { |each| each[:malloced].fdiv(MEGABYTE) }, early[:rss], late[:rss])
  end

  def assert_flat(early, late)
    assert_operator late[:slots] - early[:slots], :<, SLOTS
    assert_operator (late[:malloced] - early[:malloced]).fdiv(MEGABYTE), :<, MALLOC_MEGABYTES
    assert_operator late[:stats][:own_bytes] - early[:stats][:own_bytes], :<, MEGABYTE / 4
  end

  def assert_followed(received, early, late)
    assert_equal [], late[:stats][:degraded]
    assert_operator late[:stats][:requests], :>=, received
    assert_operator late[:stats][:retention][:samples], :>, early[:stats][:retention][:samples]
    assert_empty late[:report][:endpoints].select { |endpoint| endpoint[:verdict] == "leaking" }
    assert_operator late[:report][:endpoints].size, :<=, ENDPOINTS.size + 2
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
end
