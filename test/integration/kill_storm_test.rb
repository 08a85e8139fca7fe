# frozen_string_literal: true

require_relative "../test_helper"

# Workers of a Puma cluster are killed at moments that nobody chose, under load; STORM=200 kills as many.
# Each worker's successor tells what it left, and a last look from a shell finds the rest.
class KillStormTest < TrackerTest
  KILLS = Integer(ENV.fetch("STORM", "40"))
  TEARS = 25
  COMMAND = [ RbConfig.ruby, "-I#{ChildProcess::LIB}", File.expand_path("../../exe/memory_tracker", __dir__) ].freeze

  # The application says itself which requests it has begun, in a file of its own.
  RACKUP = <<~'RUBY'
    require "memory_tracker"
    BEGAN = File.open(ENV.fetch("BEGAN"), File::WRONLY | File::APPEND | File::CREAT).tap { |file| file.sync = true }
    use MemoryTracker::Middleware, log_file: ENV.fetch("LOG"), process_sample_interval: false
    run(lambda do |env|
      BEGAN.syswrite("#{env["PATH_INFO"]}\n")
      sleep(0.002) if env["PATH_INFO"].end_with?("0")
      [ 200, {}, [ env["PATH_INFO"] ] ]
    end)
  RUBY

  def test_kill_storm
    rackup = File.join(folder, "config.ru")
    File.write(rackup, RACKUP)
    environment = { "LOG" => log_path, "BEGAN" => began_path, "MEMORY_TRACKER_FLIGHT_RECORDER" => folder, "RUBYLIB" => ChildProcess::RUBYLIB }
    killed = []
    storm = nil
    PumaServer.open(rackup, workers: 2, env: environment) do |server|
      storm = RequestStorm.over(server.port) { |running| KILLS.times { killed << kill_one(server, running, killed) } }
    end
    assert_predicate ChildProcess.command([ *COMMAND, "recover", folder, log_path ]), :success?
    assert_each_is_accounted_for(storm, killed)
  end

  # A batch is many pages, and a kill stops the kernel between two of them: the piece of a line that
  # stays is cut off or ended before another process writes on.
  def test_a_kill_in_the_middle_of_a_write
    TEARS.times do
      victim = Victim.new(folder, log: log_path, env: { "MEMORY_TRACKER_FLUSH_INTERVAL" => "0.001", "MEMORY_TRACKER_GC_STATS" => "all" },
                                  script: "say :ready\nloop { 100.times { serve('/long' * 100) } }")
      victim.hear("ready")
      size = File.exist?(log_path) ? File.size(log_path) : 0
      eventually(what: "lines") { File.exist?(log_path) && File.size(log_path) > size + rand(200_000) }
      victim.kill
    end
    assert_predicate ChildProcess.command([ *COMMAND, "recover", folder, log_path ]), :success?
    log.requests.group_by { |line| line["pid"] }.each_value do |lines|
      assert_equal (1..lines.last["seq"]).to_a, lines.map { |line| line["seq"] }.uniq
    end
  end

  private

  def began_path = File.join(folder, "began")

  # @return [Integer] the pid of the worker that was killed
  def kill_one(server, storm, killed)
    storm.wait_for_more(rand(20..150))
    workers = eventually(within: 30, what: "two workers") { (pids = workers_of(server.pid) - killed).size == 2 && pids }
    workers.sample.tap { |pid| Process.kill(:KILL, pid) }
  end

  def workers_of(pid) = File.read("/proc/#{pid}/task/#{pid}/children").split.map(&:to_i)

  def assert_each_is_accounted_for(storm, killed)
    lines = log.requests
    died = log.events("worker_died")
    written = lines.map { |line| line["url"] }
    in_flight = died.flat_map { |line| line["in_flight"].map { |request| request["url"] } }
    told = (written + in_flight).tally
    assert_empty storm.answered.reject { |path| told.key?(path) }, "answered and in no line"
    assert_empty File.readlines(began_path, chomp: true).reject { |path| told.key?(path) }, "begun and in no line"
    assert_empty log.events("dropped")
    assert_empty died.map { |line| line["pid"] }.tally.select { |_, count| count > 1 }, "told twice"
    # Who was killed before its first request has left nothing to tell.
    assert_empty died.map { |line| line["pid"] } - killed, "told dead and not killed"
    assert_only_marked_doubles(lines)
    puts "#{killed.size} kills: #{storm.answered.size} answers, #{storm.cut_off.size} cut off, #{lines.size} lines, " \
         "#{died.size} worker_died with #{in_flight.size} in flight, #{written.size - written.uniq.size} doubles" if ENV["STORM"]
  end

  # A kill between the write and the mark repeats a batch; pid and seq tell.
  def assert_only_marked_doubles(lines)
    by_identity = lines.group_by { |line| line.values_at("pid", "seq") }
    by_identity.each_value { |same| assert_equal 1, same.uniq.size }
    urls = by_identity.values.map { |same| same.first["url"] }
    assert_equal urls.uniq.size, urls.size, "the same request under two numbers"
    by_identity.keys.group_by(&:first).each do |pid, keys|
      sequence = keys.map(&:last).sort
      assert_equal (1..sequence.last).to_a, sequence, "gaps in the numbers of #{pid}"
    end
  end
end
