# frozen_string_literal: true

require_relative "../test_helper"

# Processes that an application makes within a request, and what becomes of them: nobody hangs, nobody
# writes another's lines, and the one that made them goes on as before.
class ForkTest < TrackerTest
  RACKUP = <<~'RUBY'
    require "memory_tracker"
    def work(name) = MemoryTracker.track(name) { "x" * 1000 }
    CHILDREN = {
      "/return" => -> { fork { work("child of return") } },
      "/exit" => -> { fork { work("child of exit"); exit } },
      "/exit!" => -> { fork { work("child of exit!"); MemoryTracker.flush(timeout: 10); exit!(0) } },
      "/abort" => -> { fork { work("child of abort"); abort } },
      "/exec" => -> { fork { work("child of exec"); MemoryTracker.flush(timeout: 10); exec("true") } },
      "/exec-at-once" => -> { fork { exec("true") } },
      "/raise" => -> { fork { $stderr.reopen(File::NULL); work("child of raise"); raise "in the child" } },
      "/nested" => -> { fork { work("outer"); Process.wait(fork { work("inner"); Process.wait(fork { work("innermost") }) }); work("outer") } },
      "/spawn" => -> { Process.spawn("true") },
      "/system" => -> { system("true"); nil },
      "/backquote" => -> { `true`; nil },
      "/popen" => -> { IO.popen([ "true" ], &:read); nil },
      "/threads" => -> { fork { Array.new(4) { Thread.new { work("child of threads") } }.each(&:join) } }
    }
    use MemoryTracker::Middleware, log_file: ENV.fetch("LOG"), process_sample_interval: false
    run(lambda do |env|
      child = CHILDREN.fetch(env["PATH_INFO"]).call
      Process.wait(child) if child
      [ 200, {}, [ Process.pid.to_s ] ]
    end)
  RUBY
  WAYS = RACKUP.scan(%r{^  "(/[^"]+)"}).flatten.freeze
  WITH_WORK = %w[return exit exit! abort exec raise].freeze
  ROUNDS = 4

  def test_children_of_requests_beside_each_other
    pid = nil
    with_server do |server|
      pid = server.pid
      threads = Array.new(ROUNDS) { Thread.new { WAYS.shuffle.map { |way| server.client.get(way).body } } }
      assert_equal [ pid.to_s ], threads.flat_map(&:value).uniq
    end
    assert_equal (WAYS * ROUNDS).sort, lines_of("request").map { |line| line["url"] }.sort
    assert_equal [ [ pid ], (1..WAYS.size * ROUNDS).to_a ],
                 [ lines_of("request").map { |line| line["pid"] }.uniq, lines_of("request").map { |line| line["seq"] } ]
    assert_children_have_their_own(pid)
  end

  def test_a_daemon_of_a_process_that_has_served
    script = <<~'RUBY'
      serve "/before"
      parent = Process.pid
      Process.daemon(true, true)
      3.times { serve "/daemon" }
      sleep 0.01 while Process.ppid == parent
    RUBY
    victim = Victim.new(folder, log: log_path, script: script)
    victim.wait
    eventually(what: "the end of the daemon") { log.events("stopped").any? && RecorderFolder.new(folder).recorders.empty? }
    assert_equal %w[/before], log.requests.select { |line| line["pid"] == victim.pid }.map { |line| line["url"] }
    assert_equal [ 1, 2, 3 ], log.requests.select { |line| line["url"] == "/daemon" }.map { |line| line["seq"] }
    assert_equal 1, log.events("stopped").size
  end

  # The parent of a daemon ends by itself, at a moment that nobody chooses.
  def test_a_daemon_that_is_at_work_before_its_parent_has_ended
    script = <<~'RUBY'
      serve "/before"
      parent = Process.pid
      started, start = IO.pipe
      if fork
        started.read(1)
        exit!
      end
      serve "/daemon"
      MemoryTracker.flush(timeout: 10)
      start.write("x")
      sleep 0.01 while Process.ppid == parent
    RUBY
    victim = Victim.new(folder, log: log_path, script: script, env: { "MEMORY_TRACKER_FLUSH_INTERVAL" => "60" })
    victim.wait
    eventually(what: "the end of the daemon") { log.events("stopped").any? && RecorderFolder.new(folder).recorders.empty? }
    assert_equal [ %w[/before /daemon], victim.pid ],
                 [ log.requests.map { |line| line["url"] }.sort, log.events("worker_died").map { |line| line["pid"] }.first ]
  end

  # As Spring does: a server that never serves, whose children do, and children of those.
  def test_forks_of_forks_that_serve
    script = <<~'RUBY'
      def generation(depth, path)
        2.times do |number|
          pid = fork do
            2.times { serve "#{path}/#{number}" }
            generation(depth - 1, "#{path}/#{number}") if depth > 1
            serve "#{path}/#{number}"
          end
          Process.wait(pid)
        end
      end
      generation(3, "")
    RUBY
    assert_predicate Victim.new(folder, log: log_path, script: script).wait, :success?
    by_pid = log.requests.group_by { |line| line["pid"] }
    assert_equal 14, by_pid.size
    by_pid.each_value do |lines|
      assert_equal [ 1, 2, 3 ], lines.map { |line| line["seq"] }
      assert_equal 1, lines.map { |line| line["url"] }.uniq.size
    end
    assert_empty log.events("worker_died")
    assert_empty RecorderFolder.new(folder).recorders
  end

  # The writer holds its locks most of the time here; a child that inherits one held must not wait for it.
  def test_forks_while_everything_is_busy
    script = <<~'RUBY'
      busy = Array.new(2) { Thread.new { loop { serve "/busy"; Thread.pass } } }
      40.times do
        pid = fork { serve "/child" }
        Process.wait(pid)
        exit!(9) unless $?.success?
      end
      busy.each(&:kill).each(&:join)
    RUBY
    victim = Victim.new(folder, log: log_path, script: script, env: { "MEMORY_TRACKER_FLUSH_INTERVAL" => "0.001" })
    assert_predicate victim.wait(within: 60), :success?, victim.errors
    children = log.requests.select { |line| line["url"] == "/child" }
    assert_equal [ 40, [ 1 ] ], [ children.map { |line| line["pid"] }.uniq.size, children.map { |line| line["seq"] }.uniq ]
    own = log.lines.select { |line| line["pid"] == victim.pid }
    sequence = own.filter_map { |line| line["seq"] }
    dropped = own.sum { |line| line["event"] == "dropped" ? line["count"] : 0 }
    assert_equal [ sequence.uniq.size, own.last["requests"] ], [ sequence.size, sequence.size + dropped ]
  end

  private

  def lines_of(event) = log.events(event)

  def with_server(&block)
    File.write(rackup = File.join(folder, "config.ru"), RACKUP)
    environment = { "LOG" => log_path, "MEMORY_TRACKER_FLIGHT_RECORDER" => folder, "RUBYLIB" => ChildProcess::RUBYLIB }
    PumaServer.open(rackup, env: environment, &block)
  end

  def assert_children_have_their_own(parent)
    blocks = lines_of("block")
    refute_includes blocks.map { |line| line["pid"] }, parent
    expected = WITH_WORK.to_h { |way| [ "child of #{way}", ROUNDS ] }
    expected.update("outer" => 2 * ROUNDS, "inner" => ROUNDS, "innermost" => ROUNDS, "child of threads" => 4 * ROUNDS)
    assert_equal expected, blocks.map { |line| line["name"] }.tally
    blocks.group_by { |line| line["pid"] }.each_value { |lines| assert_equal (1..lines.size).to_a, lines.map { |line| line["seq"] } }
    # What exit! and exec left is for the next process, and the children were the next ones.
    leaving_nothing = lines_of("worker_died").map { |line| line["in_flight"] }
    assert_empty leaving_nothing.flatten
  end
end
