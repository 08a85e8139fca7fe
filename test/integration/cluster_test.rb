# frozen_string_literal: true

require_relative "../test_helper"

# A Puma cluster forks its workers, with and without the application in the master, and exchanges them
# under load: each process has its own recorder, writer and numbers.
class ClusterTest < TrackerTest
  RACKUP = <<~'RUBY'
    require "memory_tracker"
    served = lambda do |env|
      text = env["PATH_INFO"] == "/stats" ? JSON.generate(MemoryTracker.stats) : env["PATH_INFO"]
      [ 200, {}, [ text ] ]
    end
    tracked = MemoryTracker::Middleware.new(served, log_file: ENV.fetch("LOG"), process_sample_interval: false)
    # In the master where it preloads: it then has a recorder and a writer when it forks.
    if ENV["WARM_UP"]
      tracked.call(Rack::MockRequest.env_for("/warm-up"))[2].close
      MemoryTracker.flush
    end
    run tracked
  RUBY

  def test_workers_of_a_preloaded_application_that_has_served_before
    with_cluster("preload_app! true", "WARM_UP" => "1") do |server|
      pids = see_all_workers(server)
      recorders = pids.map { |pid| RecorderFolder.new(folder).of(pid).size }
      assert_equal [ 1 ] * 2, recorders
      assert_equal 1, RecorderFolder.new(folder).of(server.pid).size
      pids.each { |pid| assert_equal 1, writers_of(pid), "one writer" }
    end
    assert_orderly
    assert_equal [ "/warm-up" ], urls_of(@server_pid)
  end

  def test_workers_that_load_the_application_themselves
    with_cluster("preload_app! false") do |server|
      pids = see_all_workers(server)
      pids.each { |pid| assert_equal [ 1, 1 ], [ RecorderFolder.new(folder).of(pid).size, writers_of(pid) ] }
    end
    assert_orderly
    assert_empty urls_of(@server_pid)
  end

  # Workers are then forked from a worker that serves, threads and all.
  def test_workers_that_are_forked_from_a_worker
    with_cluster("fork_worker 0") do |server|
      see_all_workers(server)
      before = workers_of(server)
      RequestStorm.over(server.port) do |storm|
        Process.kill(:URG, server.pid)
        eventually(within: 30, what: "refork") { (before - workers_of(server)).any? && workers_of(server).size == 2 }
        storm.wait_for_more(100)
      end
    end
    assert_orderly
  end

  def test_phased_restart_under_load
    storm = nil
    with_cluster("preload_app! false") do |server|
      before = see_all_workers(server)
      storm = RequestStorm.over(server.port) do |running|
        Process.kill(:USR1, server.pid)
        eventually(within: 30, what: "new workers") { (workers_of(server) & before).empty? && workers_of(server).size == 2 }
        running.wait_for_more(50)
      end
      eventually(what: "the end of the old ones' recorders") { before.none? { |pid| RecorderFolder.new(folder).of(pid).any? } }
    end
    assert_orderly
    served = log.requests.map { |line| line["url"] }
    assert_empty storm.answered - served
    # Puma closes a connection now and then that an old worker has accepted and not read, with and without us.
    assert_empty storm.cut_off.keys & served
    assert_equal log.requests.map { |line| line["pid"] }.uniq.size, log.events("stopped").size
  end

  private

  def with_cluster(config, environment = {}, &block)
    File.write(rackup = File.join(folder, "config.ru"), RACKUP)
    File.write(config_path = File.join(folder, "puma.rb"), "#{config}\nworker_shutdown_timeout 10\n")
    environment = { "LOG" => log_path, "MEMORY_TRACKER_FLIGHT_RECORDER" => folder, "RUBYLIB" => ChildProcess::RUBYLIB }.merge(environment)
    server = PumaServer.new(rackup, workers: 2, config: config_path, env: environment)
    @server_pid = server.pid
    block.call(server)
  ensure
    server&.stop
    assert_empty server&.errors.to_s
  end

  # Also those that a worker has forked.
  def workers_of(server)
    Dir["/proc/[0-9]*/stat"].filter_map do |file|
      fields = File.read(file).rpartition(") ").last.split
      pid = file[/\d+/].to_i
      pid if fields[2].to_i == server.pid && fields[0] != "Z" && pid != server.pid # its process group
    rescue Errno::ENOENT, Errno::ESRCH
      nil
    end
  end

  def writers_of(pid) = Dir["/proc/#{pid}/task/*/comm"].count { |file| File.read(file).chomp == "memory_tracker" }
  def urls_of(pid) = log.requests.select { |line| line["pid"] == pid }.map { |line| line["url"] }

  # @return [Array<Integer>] the pids of both, each having served
  def see_all_workers(server)
    eventually(within: 20, what: "an answer of each worker") do
      server.client.get("/stats")
      served = log.requests.map { |line| line["pid"] }.uniq & workers_of(server)
      served if served.size == 2
    end
  end

  def assert_orderly
    assert_empty log.events("worker_died")
    assert_empty log.events("dropped")
    assert_empty RecorderFolder.new(folder).recorders, "each has removed its own"
    log.lines.group_by { |line| line["pid"] }.each do |pid, lines|
      requests = lines.select { |line| line["event"] == "request" }
      assert_equal (1..requests.size).to_a, requests.map { |line| line["seq"] }, "numbers of #{pid}"
      assert_equal [ 1, 1 ], [ lines.count { |line| line["event"] == "started" }, lines.count { |line| line["event"] == "stopped" } ]
    end
  end
end
