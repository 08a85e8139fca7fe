# frozen_string_literal: true

require "fileutils"
require_relative "kept_objects"
require_relative "log"
require_relative "report"
require_relative "server"
require_relative "terminal"
require_relative "traffic"

module Demo
  # bin/demo: ten seconds of real traffic and what the log says about it. With --serve: the application, for a browser.
  class Run
    SECONDS = 10.0
    # More often than by default, so that ten seconds hold a few samples.
    PROCESS_SAMPLE_INTERVAL = 2
    PORT_FOR_A_BROWSER = 3000
    USAGE = <<~TEXT
      bin/demo           sends ten seconds of traffic to a Rails application and shows what the log says about it
      bin/demo --serve   keeps the application up for a browser, until Ctrl-C
    TEXT

    def initialize(arguments)
      @arguments = arguments
      @terminal = Terminal.new
      @log = Log.new(File.join(Server::FOLDER, "log/memory_tracker.log"))
    end

    # The exit status.
    def call
      # Ends by way of the ensure blocks, which end the server.
      [ :TERM, :HUP ].each { |signal| trap(signal) { exit 143 } }

      case @arguments
      when [] then show_traffic
      when [ "--serve" ] then serve
      else
        @terminal.say USAGE
        @arguments == [ "--help" ] ? 0 : 64
      end
    rescue Server::Failed => error
      warn error.message
      1
    rescue Interrupt
      @terminal.say
      130
    end

    private
      attr_reader :terminal

      def show_traffic
        terminal.say terminal.bold("memory_tracker: a Rails application on Puma with 5 threads, #{SECONDS.round} seconds of traffic")
        answers, failures, stats, kept = with_server(port: 0) { |server| send_traffic(server) }

        Report.new(terminal, @log, stats).tap(&:show).then do |report|
          kept.show
          problems = failures + reasons_not_to_track(stats)
          problems << "The leak of #{KeptObjects::LEAK[:endpoint]} was not named." unless kept.leak_named?
          verdict(answers, problems, report.kinds_without_warning)
        end
      end

      def serve
        with_server(port: port_for_a_browser) do |server|
          terminal.say "Open     #{terminal.bold(server.url)}"
          terminal.say "Follow   #{terminal.bold("tail -F #{@log.path}")}"
          terminal.say "End      Ctrl-C"
          Kernel.sleep 0.2 while server.running?
        rescue Interrupt
          terminal.say "\nStopping."
        end
        0
      end

      def with_server(port:)
        FileUtils.mkdir_p(File.dirname(@log.path))
        FileUtils.rm_f(@log.path)
        server = Server.new(port: port, log_file: @log.path, process_sample_interval: PROCESS_SAMPLE_INTERVAL)
        terminal.say terminal.dim("  booting")
        yield server.start
      ensure
        server&.stop
      end

      def send_traffic(server)
        traffic = Traffic.new("127.0.0.1", server.port, seconds: SECONDS).start
        while traffic.running?
          terminal.progress(traffic.elapsed, SECONDS, status_of(traffic))
          Kernel.sleep 0.1
        end
        terminal.end_progress(status_of(traffic))

        answers = traffic.answers
        @log.wait_for(answers.keys, seconds: 5)
        [ answers, traffic.failures.map { |failure| "A client failed: #{failure}" }, told_by(server, "/memory/stats"),
          KeptObjects.new(terminal, told_by(server, "/memory/report")) ]
      end

      def told_by(server, path)
        response = Net::HTTP.get_response(URI(server.url(path)))
        response.is_a?(Net::HTTPSuccess) ? JSON.parse(response.body) : {}
      end

      def status_of(traffic)
        "#{format("%4.1f", traffic.elapsed)} s  #{Terminal.number(traffic.count)} requests"
      end

      def reasons_not_to_track(stats)
        stats["tracking"] ? [] : [ "The tracker did not run: #{stats["reason"] || "the application could not say why"}." ]
      end

      def verdict(answers, problems, unwarned)
        ids = @log.requests.filter_map { |line| line["request_id"] }.select { |id| id.start_with?("demo-") }
        problems << missing_lines(answers.keys - ids) if (answers.keys - ids).any?
        problems << "#{ids.size - ids.uniq.size} requests have more than one line." if ids.uniq!
        problems << "No warning for: #{unwarned.join(", ")}." if unwarned.any?

        terminal.heading "Result"
        problems.each { |problem| terminal.say "  #{terminal.red(problem)}" }
        terminal.say "  #{terminal.green("Every one of #{Terminal.number(answers.size)} requests has its line.")}" if problems.empty?
        terminal.say "  The log: #{@log.path}"
        problems.empty? ? 0 : 1
      end

      def missing_lines(ids)
        "#{ids.size} requests have no line: #{ids.first(3).join(", ")}#{", …" if ids.size > 3}"
      end

      # Any free port when another server has the usual one.
      def port_for_a_browser
        TCPServer.new("127.0.0.1", PORT_FOR_A_BROWSER).close
        PORT_FOR_A_BROWSER
      rescue SystemCallError
        0
      end
  end
end

exit Demo::Run.new(ARGV).call
