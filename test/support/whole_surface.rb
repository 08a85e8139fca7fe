# frozen_string_literal: true

# Every entry into the extension, for processes whose objects are moved or collected meanwhile: requests
# by both ends of a response, with all that a Rails environment holds, exceptions, jobs, blocks, warnings,
# stats, flush and a refused option.
module WholeSurface
  # `disturb` is the caller's, and called from within. `use.call(server)` is one round.
  SCRIPT = <<~'RUBY'
    require "memory_tracker/integrations/sidekiq"
    class Orders
      def initialize = @_action_name = "show"
    end
    controller = Orders.new
    application = lambda do |env|
      env["action_controller.instance"] = controller
      env["action_dispatch.request.path_parameters"] = { controller: "orders", action: "show", id: "17" }
      disturb.call if env["PATH_INFO"] == "/moved"
      raise ArgumentError, "broken" if env["PATH_INFO"] == "/broken"
      [ 200, { "content-type" => "text/plain" }, [ "ok" ] ]
    end
    warnings = []
    options = { log_file: ARGV[0], threshold: 0, object_counts: true, gc_stats: :all, log_query: true, fields: { service: "shop" },
                on_threshold: ->(line) { warnings << line[:seq] } }
    use = lambda do |server|
      %w[/orders/17?page=2 /moved /broken].each do |path|
        server.get(path, HTTP_X_REQUEST_ID: path)
      rescue ArgumentError => error
        raise unless error.message == "broken"
      end
      MemoryTracker.track("import", fields: { tenant: 7 }) { disturb.call }
      MemoryTracker::Integrations::Sidekiq.new.call(nil, { "class" => "ImportJob", "jid" => "1" }, "low") { disturb.call }
      raise "not a block's value" unless MemoryTracker.track("value") { :value } == :value
      raise "no figures" unless MemoryTracker.stats[:requests].positive? && MemoryTracker.flush(timeout: 20)
      begin
        MemoryTracker::Middleware.new(application, threshold: -1)
      rescue MemoryTracker::ConfigurationError
        refused = true
      end
      raise "not refused" unless refused
    end
    open_two = -> { [ true, false ].map { |finished| InProcessServer.new(MemoryTracker::Middleware.new(application, **options), response_finished: finished) } }
  RUBY

  # Runs `script` in a process of its own.
  # @param preparation [String] comes before all others and defines `disturb`
  def self.run!(preparation, script, log:, within:)
    ChildProcess.run!("#{preparation}#{SCRIPT}#{script}MemoryTracker.stop\n", arguments: [ log.path ], within: within)
  end

  # @param test [Minitest::Test]
  # @param log [TrackerLog] of `rounds` rounds, and nothing else
  def self.check(test, log, rounds:)
    requests, blocks, jobs = %w[request block job].map { |event| log.events(event) }
    test.assert_equal [ "shop" ], log.lines.map { |line| line["service"] }.uniq
    test.assert_equal [ rounds * 3, rounds * 2, rounds ], [ requests.size, blocks.size, jobs.size ]
    orders = requests.select { |line| line["url"].start_with?("/orders") }
    test.assert_equal [ [ "Orders", "show", "/orders/:id" ] ], orders.map { |line| line.values_at("controller", "action", "route") }.uniq
    test.assert_equal rounds, requests.count { |line| line["error"] == "ArgumentError" }
    test.assert_equal [ "ImportJob" ], jobs.map { |line| line["name"] }.uniq
    test.assert_equal({ "tenant" => 7 }, blocks.find { |line| line["name"] == "import" }["fields"])
  end
end
